package link

import (
	"fmt"

	"github.com/fondaco/fondaco/wire/frame"
	"github.com/fondaco/fondaco/wire/internal/sock"
)

// lead reads for all until c is over or may be sent, or the link is down.
func (l *Link) lead(c *call) {
	l.leading, l.leader = true, c
	l.poller.disarm(l)
	how := asleep
	if l.running == 1 && c.sent && !l.stalled {
		how = hasty
	}
	for !c.over && !l.down && (c.sent || !l.mayPassNext(c)) {
		// Those who are woken run before this thread sleeps in the kernel, and
		// their next calls go out together.
		if read := l.step(how); read || len(l.finished) > 0 {
			l.wakeFinished(l.running+len(l.finished) > 1)
		}
		how = asleep
	}
	l.leading, l.leader = false, nil
	l.handOver()
	l.release()
}

// waiting is how step waits for input.
type waiting int

const (
	awake  waiting = iota // not at all
	asleep                // until there is something to do
	hasty                 // at most for a moment: what the only call does first
)

// attend reads, for the poller, what there is, until somebody else could lead.
func (l *Link) attend() {
	if l.leading || l.down {
		return
	}
	l.leading = true
	l.resume()
	for more := true; more && !l.down; {
		more = l.step(awake) && l.parked.last == nil
		l.wakeFinished(false)
	}
	l.leading = false
	l.handOver()
	l.release()
}

// step reads once, after waiting as it is told, and dispatches what it got.
// Only the leader calls it. It reports whether something was read.
func (l *Link) step(how waiting) bool {
	stalled := l.stalled
	l.polling = how != awake
	l.mu.Unlock()
	readable, writable := true, false
	if how == asleep {
		readable, writable = l.sock.Poll(stalled)
	}
	n, err := 0, error(nil)
	switch {
	case !readable:
	case how == hasty:
		n, err = l.sock.Await(l.in.Room())
	default:
		n, err = l.sock.Read(l.in.Room())
	}
	l.mu.Lock()
	l.polling = false
	if l.down {
		return false
	}
	switch {
	case !readable:
	case n > 0:
		l.in.Filled(n)
		l.dispatchAll()
	case err == nil:
		l.fail(l.ended())
	case !sock.WouldBlock(err):
		l.fail(fmt.Errorf("%w: %w", ErrEnd, err))
	}
	if writable {
		l.resume()
	}
	return n > 0
}

func (l *Link) ended() error {
	if n := l.in.Buffered(); n > 0 {
		return fmt.Errorf("%w in the middle of a frame, %d bytes of it were read", ErrEnd, n)
	}
	return ErrEnd
}

// handOver sees that somebody reads: a parked caller, else the poller.
func (l *Link) handOver() {
	if l.leading || l.promoted != nil || l.down {
		return
	}
	if c := l.parked.last; c != nil {
		l.promoted = c
		l.rouse(c)
		return
	}
	l.poller.idle(l, !l.greeted || l.streams > 0 || l.stalled)
}

// kick wakes the leader if it may be asleep.
func (l *Link) kick() {
	if l.polling && !l.closed {
		l.polling = false
		l.sock.Ring()
	}
}

// dispatchAll handles the frames in the buffer.
func (l *Link) dispatchAll() {
	var m frame.Message
	for !l.down {
		id, message, ok, err := l.in.Next()
		if err == nil && !ok {
			break
		}
		if err == nil {
			err = frame.Parse(id, message, &m)
		}
		if err == nil {
			err = l.dispatch(&m)
		}
		if err != nil {
			l.fail(violation(err))
			return
		}
	}
	if len(l.out) > 0 {
		l.flush(false)
	}
}
