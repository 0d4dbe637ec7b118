package pool

import (
	"context"

	"github.com/fondaco/fondaco/core"
)

// call is one request in the pool: it waits in a queue, or runs on a member.
type call struct {
	req      *core.Request
	ctx      context.Context
	arrived  int64
	leased   int64
	deadline int64      // 0: none
	member   *member    // that runs it; nil while it waits
	ready    chan error // told once when a waiting call got a member or an error
	stopped  int64      // when it was interrupted, or 0
	nested   int        // calls of its plugin that it waits for

	prev, next *call
	list       *callList
}

// callList is a list of calls in order of arrival. The zero list is empty.
type callList struct {
	head, tail *call
	len        int
}

func (l *callList) push(c *call) {
	c.list, c.prev, c.next = l, l.tail, nil
	if l.tail != nil {
		l.tail.next = c
	} else {
		l.head = c
	}
	l.tail = c
	l.len++
}

func (l *callList) remove(c *call) {
	if c.prev != nil {
		c.prev.next = c.next
	} else {
		l.head = c.next
	}
	if c.next != nil {
		c.next.prev = c.prev
	} else {
		l.tail = c.prev
	}
	c.prev, c.next, c.list = nil, nil, nil
	l.len--
}

// queue holds the waiting calls, high before low; after share high calls in a
// row one low call that waits goes first, so that it cannot starve.
type queue struct {
	high, low callList
	share     int
	row       int // high calls taken since the last low one, while one waited
}

func (q *queue) len() int { return q.high.len + q.low.len }

func (q *queue) push(c *call) {
	if c.req.Priority == core.Low {
		q.low.push(c)
		return
	}
	q.high.push(c)
}

func (q *queue) remove(c *call) { c.list.remove(c) }

// next returns the call whose turn it is, removed, or nil.
func (q *queue) next() *call {
	from := &q.high
	switch {
	case q.low.len == 0:
		q.row = 0
	case q.high.len == 0 || q.share > 0 && q.row >= q.share:
		from, q.row = &q.low, 0
	default:
		q.row++
	}
	c := from.head
	if c != nil {
		from.remove(c)
	}
	return c
}

// each calls f for every waiting call; f may remove the one it is given.
func (q *queue) each(f func(*call)) {
	for _, l := range []*callList{&q.high, &q.low} {
		for c := l.head; c != nil; {
			next := c.next
			f(c)
			c = next
		}
	}
}
