package funcs

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/fondaco/fondaco/core"
)

// callContext is the context a function gets. It knows the request, so that
// nested calls find their parent, and it ends when the request is interrupted.
// The channel of Done is made only for those who ask for it.
type callContext struct {
	context.Context
	instance *Instance
	req      *core.Request // nil for hooks

	mu     sync.Mutex
	done   chan struct{} // nil until somebody asks
	closed bool
	err    error
	stop   func() bool // undoes the watch over the parent context
}

type callKey struct{}

// Value implements context.Context.
func (c *callContext) Value(key any) any {
	if key == (callKey{}) {
		return c
	}
	return c.Context.Value(key)
}

// Deadline implements context.Context.
func (c *callContext) Deadline() (time.Time, bool) {
	if c.req == nil || c.req.Deadline == 0 {
		return c.Context.Deadline()
	}
	return time.Now().Add(time.Duration(c.req.Deadline - core.Now())), true
}

// Done implements context.Context.
func (c *callContext) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done != nil {
		return c.done
	}
	c.done = make(chan struct{})
	c.expire()
	if c.err != nil {
		c.closed = true
		close(c.done)
		return c.done
	}
	c.instance.watch(c)
	c.stop = context.AfterFunc(c.Context, func() { c.cancel(context.Cause(c.Context)) })
	return c.done
}

// Err implements context.Context.
func (c *callContext) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.expire(); c.err == nil {
		return c.Context.Err()
	}
	if errors.Is(c.err, core.ErrTimeout) {
		return context.DeadlineExceeded
	}
	return context.Canceled
}

// expire notices a deadline that has passed. The caller holds c.mu.
func (c *callContext) expire() {
	if c.err == nil && c.req != nil && c.req.Deadline != 0 && core.Now() > c.req.Deadline {
		c.err = core.ErrTimeout
	}
}

// cancel ends the context because of cause.
func (c *callContext) cancel(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = cause
	}
	if c.done != nil && !c.closed {
		c.closed = true
		close(c.done)
	}
}

// cause tells why the call was interrupted, or nil.
func (c *callContext) cause() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// end releases what watches the call, after the function has returned.
func (c *callContext) end() {
	c.mu.Lock()
	watched, stop := c.done != nil, c.stop
	c.mu.Unlock()
	if watched {
		c.instance.forget(c)
	}
	if stop != nil {
		stop()
	}
	c.cancel(context.Canceled)
}
