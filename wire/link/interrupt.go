package link

import (
	"errors"
	"fmt"
	"time"

	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/wire/frame"
)

// ErrHung is the reason of a link whose worker did not answer in time.
var ErrHung = errors.New("the worker did not answer in time")

// Interrupt ends the running Handle of req with cause, which matches
// core.ErrTimeout or core.ErrCanceled. It does nothing when there is none.
//
// After a timeout of the only call the worker is ended at once, and the error
// says so (core.Discard). With others in flight the worker is told to cancel
// and gets no further calls; when it answers the cancelled call within the
// grace period it goes on, else it is ended. A cancelled call whose caller has
// merely gone is left to the worker until its deadline and the grace period
// have passed.
func (l *Link) Interrupt(req *core.Request, cause error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.callOf(req)
	if c == nil {
		return
	}
	timeout := errors.Is(cause, core.ErrTimeout)
	err := interrupted(req, cause, timeout)
	switch {
	case c.draining():
		c.stream.chunks = nil
		c.stream.cancel()
		c.err = err
	case l.down || !c.sent:
		l.complete(c, err)
	case timeout && l.running == 1:
		l.complete(c, core.Discard(err))
		l.fail(fmt.Errorf("%w: %s.%s", ErrHung, req.Module, req.Function))
	default:
		l.abandon(c, err, timeout)
	}
}

// callOf returns the call whose Handle runs for req.
func (l *Link) callOf(req *core.Request) *call {
	for _, c := range l.slots {
		if c.req == req && (!c.over || c.draining()) {
			return c
		}
	}
	return nil
}

func interrupted(req *core.Request, cause error, timeout bool) error {
	var e *core.Error
	if errors.As(cause, &e) && e.Message != "" {
		return cause
	}
	if timeout {
		return core.NewError(core.KindTimeout, fmt.Sprintf("%s.%s did not answer before its deadline", req.Module, req.Function))
	}
	return core.NewError(core.KindCanceled, fmt.Sprintf("the caller of %s.%s has gone", req.Module, req.Function))
}

// abandon completes c with err and tells the worker that nobody waits for it.
func (l *Link) abandon(c *call, err error, late bool) {
	if c.over {
		return
	}
	switch {
	case late:
		c.late = true
		l.overdue++
		c.due = core.Now() + int64(l.opts.Grace)
	case c.req.Deadline > 0:
		c.due = max(c.req.Deadline, core.Now()) + int64(l.opts.Grace)
	}
	l.complete(c, err)
	if c.kids > 0 {
		l.orphan(c)
	}
	l.out = frame.AppendBare(l.out, frame.Cancel, c.id)
	l.small()
	l.flush(false)
	l.handOver()
	l.schedule()
}

// schedule sets the timer to when the first of the lingering calls is due.
func (l *Link) schedule() {
	var first int64
	for _, c := range l.slots {
		if c.sent && !c.answered && c.due > 0 && (first == 0 || c.due < first) {
			first = c.due
		}
	}
	if first == 0 || l.down {
		return
	}
	wait := time.Duration(first - core.Now())
	if l.timer == nil {
		l.timer = time.AfterFunc(wait, l.expire)
	} else {
		l.timer.Reset(wait)
	}
}

// expire ends a worker that has not answered a cancelled call.
func (l *Link) expire() {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := core.Now()
	for _, c := range l.slots {
		if c.sent && !c.answered && c.due > 0 && c.due <= now {
			l.fail(fmt.Errorf("%w: it was given %v more after a call was cancelled", ErrHung, l.opts.Grace))
			return
		}
	}
	l.schedule()
}
