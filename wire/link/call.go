package link

import (
	"context"
	"runtime"

	"github.com/fondaco/fondaco/core"
)

// call is one call to the worker. It belongs to one slot of the table for
// ever, and is used again under a new id. Everything in it is guarded by the
// link's mu.
type call struct {
	index uint32
	turn  uint32 // how often the slot was used
	id    uint32 // valid while sent
	req   *core.Request
	ctx   context.Context
	args  []byte // CBOR, borrowed until sent

	sent     bool // the worker has it
	answered bool // the worker has answered
	over     bool // value or err is final
	left     bool // its Handle has returned

	value  []byte
	err    error
	stream *stream
	kids   int   // nested calls begun for it
	due    int64 // lingering: on the clock of core.Now, when the worker counts as hung; 0: never
	late   bool  // lingering: its deadline has passed

	waiter     *waiter
	isParked   bool
	follows    bool // must not lead: it works while it waits
	prev, next *call
}

// waiter is where a caller sleeps. A caller keeps its waiter for the whole of
// Handle; what becomes of a plain call is left in it, so that the woken caller
// needs neither its slot nor the link's mu.
type waiter struct {
	wake     chan struct{} // holds one token for a parked caller
	finished bool          // value and err are final, and the slot is free again
	value    []byte
	err      error
}

func (l *Link) newWaiter() *waiter {
	if w, ok := l.waiters.Get().(*waiter); ok {
		return w
	}
	return &waiter{wake: make(chan struct{}, 1)}
}

func (l *Link) dropWaiter(w *waiter) {
	w.finished, w.value, w.err = false, nil, nil
	l.waiters.Put(w)
}

// list is a doubly linked list of parked calls.
type list struct{ first, last *call }

func (p *list) push(c *call) {
	c.prev, c.next = p.last, nil
	if p.last != nil {
		p.last.next = c
	} else {
		p.first = c
	}
	p.last = c
}

func (p *list) remove(c *call) {
	if c.prev != nil {
		c.prev.next = c.next
	} else {
		p.first = c.next
	}
	if c.next != nil {
		c.next.prev = c.prev
	} else {
		p.last = c.prev
	}
	c.prev, c.next = nil, nil
}

// take returns a call for req, nil when the table is full.
func (l *Link) take(ctx context.Context, req *core.Request, w *waiter) *call {
	var c *call
	if n := len(l.free); n > 0 {
		c = l.free[n-1]
		l.free = l.free[:n-1]
	} else {
		if len(l.slots) == maxInFlight {
			return nil
		}
		c = &call{index: uint32(len(l.slots))}
		l.slots = append(l.slots, c)
	}
	c.req, c.ctx, c.waiter = req, ctx, w
	return c
}

// give puts c back.
func (l *Link) give(c *call) {
	*c = call{index: c.index, turn: c.turn}
	l.free = append(l.free, c)
}

// number gives c a new id: never 0, never the worker's bit.
func (c *call) number() {
	const turns = 1<<(31-indexBits) - 1
	if c.turn++; c.turn > turns {
		c.turn = 1
	}
	c.id = c.turn<<indexBits | c.index
}

// find returns the call with the given id that the worker has not answered.
func (l *Link) find(id uint32) *call {
	index := id & (maxInFlight - 1)
	if int(index) >= len(l.slots) {
		return nil
	}
	if c := l.slots[index]; c.sent && !c.answered && c.id == id {
		return c
	}
	return nil
}

// park waits, without mu, until somebody calls rouse. It returns true when the
// call was finished meanwhile: then c is another's, and mu is not held.
func (l *Link) park(c *call) bool {
	w := c.waiter
	c.isParked = true
	if !c.follows {
		l.parked.push(c)
	}
	l.mu.Unlock()
	<-w.wake
	if w.finished {
		return true
	}
	l.mu.Lock()
	if l.promoted == c {
		l.promoted = nil
	}
	return false
}

// rouse wakes c if it is parked.
func (l *Link) rouse(c *call) {
	if !c.isParked {
		return
	}
	c.isParked = false
	if !c.follows {
		l.parked.remove(c)
	}
	c.waiter.wake <- struct{}{}
}

// finishEarly frees the slot of a plain call that was answered while its
// caller sleeps, who is woken once the leader has let go of mu. It reports
// false for calls that have more to end.
func (l *Link) finishEarly(c *call) bool {
	if !c.isParked || !c.answered || c.stream != nil || c.kids > 0 || c.follows {
		return false
	}
	w := c.waiter
	w.value, w.err, w.finished = c.value, c.err, true
	l.parked.remove(c)
	l.running--
	l.give(c)
	l.finished = append(l.finished, w)
	return true
}

// wakeFinished wakes the callers whose calls were finished. It gives mu away
// meanwhile; with yield they run before it returns.
func (l *Link) wakeFinished(yield bool) {
	woken := l.finished
	l.finished, l.woken = l.woken[:0], nil
	l.mu.Unlock()
	for i, w := range woken {
		w.wake <- struct{}{}
		woken[i] = nil
	}
	if yield {
		runtime.Gosched()
	}
	l.mu.Lock()
	l.woken = woken[:0]
}

// complete makes c's outcome final.
func (l *Link) complete(c *call, err error) {
	if c.over {
		return
	}
	c.over, c.err = true, err
	if l.finishEarly(c) {
		return
	}
	if c.stream != nil && !c.answered {
		c.stream.cancel()
	}
	if c.isParked {
		l.rouse(c)
	} else if l.leader == c {
		l.kick()
	}
}
