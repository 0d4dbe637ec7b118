package plugin

import (
	"context"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fondaco/fondaco/codec/cbor"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/wire/frame"
)

// window is how many chunks a call lets the host send ahead.
const window = 16

// call is a call of the host's: its request, the context of its function, and
// both its streams.
type call struct {
	w      *worker
	id     uint32
	req    core.Request
	pace   *pace
	state  uint64      // the worker's while the pump runs the call; 0: it never did
	waited atomic.Bool // for the host

	mu       sync.Mutex
	canceled bool
	done     chan struct{} // nil until somebody asks
	after    map[*func()]struct{}
	chunks   chan []byte   // streamed in; nil: the caller streams nothing
	ended    bool          // chunks is closed
	granted  int           // chunks that the host may still send
	credit   int           // chunks that may be sent
	more     chan struct{} // credit came
}

type callKey struct{}

func (w *worker) newCall(m *frame.Message, f *pace) *call {
	c := &call{w: w, id: m.ID, pace: f}
	c.req.Function, c.req.Guard = f.name, m.Options.Guard
	if c.req.Module = w.module; string(m.Module) != w.module {
		c.req.Module = string(m.Module)
	}
	c.req.Args = core.Body{Codec: cbor.Codec, Data: m.Args}
	if m.Options.In {
		c.chunks = make(chan []byte, window)
		c.req.In = (*source)(c)
	}
	if m.Options.Out > 0 {
		c.credit, c.more = m.Options.Out, make(chan struct{}, 1)
		c.req.Out = (*sink)(c)
	}
	return c
}

// release gives the socket to another goroutine before the call waits for the
// host.
func (c *call) release() {
	c.waited.Store(true)
	c.w.takeOver(c.state)
}

// Deadline implements context.Context: the host keeps the deadlines.
func (c *call) Deadline() (time.Time, bool) { return time.Time{}, false }

// Done implements context.Context.
func (c *call) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done == nil {
		c.done = make(chan struct{})
		if c.canceled {
			close(c.done)
		}
	}
	return c.done
}

// Err implements context.Context.
func (c *call) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.canceled {
		return context.Canceled
	}
	return nil
}

// Value implements context.Context.
func (c *call) Value(key any) any {
	if key == (callKey{}) {
		return c
	}
	return nil
}

// AfterFunc lets package context watch the call without a goroutine.
func (c *call) AfterFunc(f func()) (stop func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.canceled {
		go f()
		return func() bool { return false }
	}
	if c.after == nil {
		c.after = map[*func()]struct{}{}
	}
	key := &f
	c.after[key] = struct{}{}
	return func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		_, waiting := c.after[key]
		delete(c.after, key)
		return waiting
	}
}

// cancel ends the context.
func (c *call) cancel() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.canceled {
		return
	}
	c.canceled = true
	if c.done != nil {
		close(c.done)
	}
	for f := range c.after {
		go (*f)()
	}
	c.after = nil
}

// input takes a chunk of the stream in, or its end. It returns false when the
// chunk came without credit.
func (c *call) input(m *frame.Message) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.chunks == nil || c.ended {
		return true
	}
	if m.Kind == frame.End {
		c.ended = true
		close(c.chunks)
		return true
	}
	if c.granted == 0 {
		return false
	}
	c.granted--
	c.chunks <- append([]byte(nil), m.Value...)
	return true
}

// output takes credit for the stream out.
func (c *call) output(n int) {
	if c.more == nil {
		return
	}
	c.mu.Lock()
	c.credit = min(c.credit+n, 1<<30)
	c.mu.Unlock()
	select {
	case c.more <- struct{}{}:
	default:
	}
}

// source is what the caller streams in.
type source call

// Next implements core.Source.
func (s *source) Next(ctx context.Context) ([]byte, error) {
	c := (*call)(s)
	c.release()
	c.mu.Lock()
	if room := window - len(c.chunks) - c.granted; room >= window/2 && !c.ended {
		c.granted += room
		c.w.out.append(func(buf []byte) []byte { return frame.AppendCredit(buf, c.id, room) })
	}
	c.mu.Unlock()
	c.w.out.flush()
	select {
	case chunk, ok := <-c.chunks:
		if !ok {
			return nil, io.EOF
		}
		return chunk, nil
	case <-ctx.Done():
		return nil, canceled(ctx)
	}
}

// sink is the stream out to the caller.
type sink call

// Send implements core.Sink.
func (s *sink) Send(ctx context.Context, chunk []byte) error {
	c := (*call)(s)
	for len(chunk) > 0 {
		n := min(len(chunk), frame.MaxChunk)
		if err := c.allowed(ctx); err != nil {
			return err
		}
		c.w.out.append(func(buf []byte) []byte { return frame.AppendChunk(buf, c.id, chunk[:n]) })
		c.w.out.flush()
		chunk = chunk[n:]
	}
	return nil
}

// allowed waits until one more chunk may be sent.
func (c *call) allowed(ctx context.Context) error {
	for {
		c.mu.Lock()
		if c.canceled {
			c.mu.Unlock()
			return canceled(ctx)
		}
		if c.credit > 0 {
			c.credit--
			c.mu.Unlock()
			return nil
		}
		c.mu.Unlock()
		c.release()
		select {
		case <-c.more:
		case <-ctx.Done():
			return canceled(ctx)
		}
	}
}

// canceled is the error of a wait that ctx ended.
func canceled(ctx context.Context) error {
	return &core.Error{Kind: core.KindCanceled, Message: "nobody waits for the call any more", Err: context.Cause(ctx)}
}
