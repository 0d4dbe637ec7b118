package lua

import (
	"context"
	"sync"
	"sync/atomic"

	glua "github.com/yuin/gopher-lua"

	"github.com/fondaco/fondaco/core"
)

// lane is where one call runs: a thread of the state, with a stack of its own.
// There is one more than calls wait in the host, because a waiting call gives
// the state to the next.
type lane struct {
	state   *glua.LState
	args    []glua.LValue
	ctx     context.Context
	stopped atomic.Pointer[stop]

	mu      sync.Mutex         // guards the fields below
	active  bool               // a call or a hook runs here
	request *core.Request      // that runs here; nil for hooks
	wake    context.CancelFunc // ends what the call waits for, or nil
}

// begin gives the lane to a call. req is nil for hooks.
func (l *lane) begin(ctx context.Context, req *core.Request) {
	l.ctx = ctx
	l.mu.Lock()
	l.active, l.request = true, req
	l.mu.Unlock()
}

// end forgets the call. Nobody can stop it any more.
func (l *lane) end() {
	l.state.SetTop(0)
	clear(l.args)
	l.args = l.args[:0]
	l.ctx = nil
	l.mu.Lock()
	l.active, l.request = false, nil
	if l.stopped.Load() != nil {
		l.stopped.Store(nil)
	}
	l.mu.Unlock()
}

// halt makes the call fail with cause, from its next instruction on, when it is
// that of req, or in any case when req is nil. It may be called from any
// goroutine.
func (l *lane) halt(req *core.Request, cause error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.active || req != nil && l.request != req {
		return
	}
	s := &stop{cause: cause, done: make(chan struct{})}
	close(s.done)
	if l.stopped.CompareAndSwap(nil, s) && l.wake != nil {
		l.wake()
	}
}

// cause tells why the call was stopped; nil when it was not.
func (l *lane) cause() error {
	if s := l.stopped.Load(); s != nil {
		return s.cause
	}
	return nil
}

// waiting returns a context that ends when the call is stopped, for what it
// waits for, and the function to call afterwards.
func (l *lane) waiting() (context.Context, func()) {
	ctx, cancel := context.WithCancel(l.ctx)
	l.mu.Lock()
	l.wake = cancel
	if l.stopped.Load() != nil {
		cancel()
	}
	l.mu.Unlock()
	return ctx, func() {
		l.mu.Lock()
		l.wake = nil
		l.mu.Unlock()
		cancel()
	}
}
