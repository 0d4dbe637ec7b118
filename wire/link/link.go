// Package link is the host's end of the wire `fondaco`: one connection to a
// worker over a connected stream socket, shared by any number of callers.
//
// There is no reader goroutine. A caller that waits for its answer reads for
// all that wait (it leads); when its own answer has come it makes another
// waiting caller the leader. While nobody waits, one goroutine for all links,
// the Poller, watches the sockets, so that an idle worker can call the host
// and its death is noticed. Callers append their frames to one batch, and one
// of them writes it.
//
// Nobody ever blocks in a write: what does not fit is left to the leader, who
// waits for room and for input at once. Two ends that both send more than the
// socket holds therefore never stop each other.
package link

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/wire/frame"
	"github.com/fondaco/fondaco/wire/internal/sock"
)

// Options of a Link. Fields without a default must be set.
type Options struct {
	Plugin string     // the plugin's name, for messages and nested calls
	Codec  core.Codec // CBOR
	Limit  int        // longest id and message of a frame; default frame.DefaultLimit

	// Append appends body in CBOR to dst. It is called for what is not strict
	// CBOR already. The slice it returns must not alias body.
	Append func(dst []byte, body core.Body) ([]byte, error)
	// Check checks that data are exactly one CBOR value.
	Check func(data []byte) (strict bool, err error)

	Host   core.Handler // answers the worker's own calls
	Nested int          // calls of the worker that run at a time; default 256
	Window int          // chunks a worker may send ahead; default 16

	// Grace is how long a worker may take to answer a call after its deadline
	// while others run, before it counts as hung; default one second.
	Grace time.Duration

	// Down is called once, on its own goroutine, when the connection has ended
	// or must be given up for the given reason. It ends the worker and returns
	// the error that every call in flight gets.
	Down func(reason error) error
	// Warn is told what went wrong that no caller hears of; nil: nobody.
	Warn func(what string, err error)
	// Unsent is wrapped by the errors of calls of which nothing was sent.
	Unsent error
}

const (
	highWater   = 1 << 20 // bytes not yet written, above which calls wait
	maxControl  = 1 << 16 // small frames not yet written, above which the worker is given up
	keepBuffer  = 256 << 10
	enough      = 2 << 10 // bytes that are worth a write while more are coming
	indexBits   = 14
	maxInFlight = 1 << indexBits
)

// ErrClosed is the reason of a link that Close ended.
var ErrClosed = errors.New("the worker was ended")

// ErrEnd is the reason of a link whose worker closed its end.
var ErrEnd = errors.New("the worker closed its socket")

// Link is one connection. It implements core.Handler and core.Interrupter;
// all methods are safe for concurrent use.
type Link struct {
	opts   Options
	poller *Poller
	sock   sock.Socket
	base   context.Context // of the worker's own calls without a parent
	cancel context.CancelFunc
	ready  chan struct{} // closed after hello
	done   chan struct{} // closed when every call has been told of the end
	gone   chan struct{} // closed when the descriptors are closed

	scratch sync.Pool // *[]byte, for arguments that are transcoded
	waiters sync.Pool // *waiter

	mu      sync.Mutex
	drained sync.Cond // output went out, or something ended

	// Reading. Whoever set leading owns in, and reads.
	in       frame.Buffer
	leading  bool
	polling  bool      // the leader may be asleep and must be kicked
	leader   *call     // nil while the poller leads
	promoted *call     // woken to lead, not there yet
	parked   list      // callers that could lead
	finished []*waiter // to be woken when the leader has dispatched what it read
	woken    []*waiter // memory for the next ones
	watch    watchState

	// Writing. Whoever set writing owns batch and writes.
	out      []byte // frames to go
	batch    []byte // what is being written, from sent on
	sent     int
	spare    []byte
	writing  bool
	yielding bool   // the writer lets others run first
	turn     uint64 // of yielding
	stalled  bool   // the socket is full: the leader goes on with batch
	control  int    // small frames appended since out was last empty

	// Calls.
	slots     []*call
	free      []*call
	queue     []*call // not sent yet: no room, or paused
	running   int     // sent, with somebody waiting
	lingering int     // sent, cancelled, not answered yet
	overdue   int     // of those, the ones whose deadline has passed
	streams   int
	timer     *time.Timer
	notify    func()

	// The worker's own calls.
	nested   map[uint32]*nested
	casts    []*nested
	casting  bool
	dropped  int // casts since one was taken
	borrowed int // bytes of arguments held

	greeting frame.Greeting
	greeted  bool
	guards   map[string]bool

	down   bool
	told   bool // every call was told of the end
	closed bool
	reason error
	err    error
}

// New returns a link over the socket fd, which belongs to it from now on, also
// when it fails. The link waits for the worker's hello by itself: see Ready.
func New(fd int, poller *Poller, opts Options) (*Link, error) {
	if opts.Limit == 0 {
		opts.Limit = frame.DefaultLimit
	}
	if opts.Nested == 0 {
		opts.Nested = 256
	}
	if opts.Window == 0 {
		opts.Window = 16
	}
	if opts.Grace == 0 {
		opts.Grace = time.Second
	}
	l := &Link{
		opts: opts, poller: poller, in: frame.Buffer{Limit: opts.Limit}, nested: map[uint32]*nested{},
		ready: make(chan struct{}), done: make(chan struct{}), gone: make(chan struct{}),
	}
	l.drained.L = &l.mu
	if err := l.sock.Open(fd, fd); err != nil {
		return nil, fmt.Errorf("link to %s: %w", opts.Plugin, err)
	}
	l.base, l.cancel = context.WithCancel(context.Background())
	if err := poller.register(l); err != nil {
		l.sock.Close()
		l.cancel()
		return nil, fmt.Errorf("link to %s: %w", opts.Plugin, err)
	}
	return l, nil
}

// Ready is closed when the worker has said hello.
func (l *Link) Ready() <-chan struct{} { return l.ready }

// Greeting returns what the worker said of itself, once Ready is closed.
func (l *Link) Greeting() frame.Greeting {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.greeting
}

// Done is closed when the link has ended and every call was told.
func (l *Link) Done() <-chan struct{} { return l.done }

// Err returns the error that ended the link, nil while it lives.
func (l *Link) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// Lingering returns how many calls the worker still works on though their
// Handle has returned. While it is suspected to be hung, that is as many as
// there can be: it should get no call then.
func (l *Link) Lingering() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.overdue > 0 {
		return maxInFlight
	}
	return l.lingering
}

// Notify sets a function that is called, without a lock held, whenever
// Lingering has become less.
func (l *Link) Notify(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.notify = f
}

// Bye tells the worker that no more calls will come.
func (l *Link) Bye() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.down {
		l.out = frame.AppendBare(l.out, frame.Bye, 0)
		l.flush(false)
		l.handOver()
	}
}

// Drain reads what the worker has sent and then ends the link. It is for a
// worker that has exited while a child of its own holds the socket open.
func (l *Link) Drain() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.down {
		l.sock.Shutdown()
		l.kick()
		l.handOver()
	}
}

// Close ends the link at once and returns when it is gone. Calls in flight
// fail with what Options.Down makes of ErrClosed.
func (l *Link) Close() {
	l.mu.Lock()
	l.fail(ErrClosed)
	l.mu.Unlock()
	<-l.gone
}
