// Package accept takes connections for everything that listens: the doors and
// the admin API.
package accept

import (
	"errors"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// The pauses after a failed accept: doubled from the first to the last while
// it goes on failing.
const (
	firstPause = 5 * time.Millisecond
	lastPause  = time.Second
)

// warnEvery bounds how often the log tells that all places are taken.
const warnEvery = time.Minute

// Listener accepts at most so many connections at a time; more wait in the
// backlog of the kernel. It survives what is temporary, such as too many open
// files. Its Accept is for one goroutine.
type Listener struct {
	net.Listener
	log    *slog.Logger
	slots  chan struct{}
	closed chan struct{}
	once   sync.Once
	warned time.Time // when the bound was last logged

	accepted atomic.Uint64
	open     atomic.Int64
}

// New returns l bounded to conns connections; 0 is no bound but the machine's.
func New(l net.Listener, conns int, log *slog.Logger) *Listener {
	b := &Listener{Listener: l, log: log, closed: make(chan struct{})}
	if conns > 0 {
		b.slots = make(chan struct{}, conns)
	}
	return b
}

// Accepted returns how many connections there were since the start.
func (l *Listener) Accepted() uint64 { return l.accepted.Load() }

// Open returns how many connections are open now.
func (l *Listener) Open() int64 { return l.open.Load() }

// Accept waits for a place and for a connection. It fails only after Close.
// Whoever gets the connection calls Release when it is closed.
func (l *Listener) Accept() (net.Conn, error) {
	if !l.acquire() {
		return nil, net.ErrClosed
	}
	pause := firstPause
	for {
		c, err := l.Listener.Accept()
		if err == nil {
			l.accepted.Add(1)
			l.open.Add(1)
			return c, nil
		}
		if errors.Is(err, net.ErrClosed) || !l.sleep(pause) {
			l.release()
			return nil, net.ErrClosed
		}
		l.log.Warn("cannot accept a connection; trying again", "pause", pause, "error", err)
		pause = min(2*pause, lastPause)
	}
}

// Release gives back the place of one accepted connection.
func (l *Listener) Release() {
	l.open.Add(-1)
	l.release()
}

func (l *Listener) release() {
	if l.slots != nil {
		<-l.slots
	}
}

// Close ends Accept, also when it waits for a place. It may be called more
// than once.
func (l *Listener) Close() error {
	var err error
	l.once.Do(func() {
		close(l.closed)
		err = l.Listener.Close()
	})
	return err
}

func (l *Listener) acquire() bool {
	if l.slots == nil {
		return true
	}
	select {
	case l.slots <- struct{}{}:
		return true
	default:
	}
	if now := time.Now(); now.Sub(l.warned) > warnEvery {
		l.warned = now
		l.log.Warn("as many connections as are allowed; more wait", "connections", cap(l.slots))
	}
	select {
	case l.slots <- struct{}{}:
		return true
	case <-l.closed:
		return false
	}
}

func (l *Listener) sleep(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-l.closed:
		return false
	}
}
