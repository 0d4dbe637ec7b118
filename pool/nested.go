package pool

import (
	"context"

	"github.com/fondaco/fondaco/core"
)

const stuckText = "every instance waits for a call of its own, and there may be no more: " +
	"the plugins call each other in a circle, or workers is too small"

// poolHost is what the pool's instances see of the server. It notes which of
// the pool's calls wait for a nested one, so that plugins which call each other
// in a circle are refused instead of waiting for each other.
type poolHost struct {
	core.Host
	pool *Pool
}

// Handle passes a nested call on.
func (h *poolHost) Handle(ctx context.Context, req *core.Request) (core.Body, error) {
	if req.Kind != core.Call || req.Parent == nil {
		return h.Host.Handle(ctx, req)
	}
	if err := h.pool.waits(req.Parent); err != nil {
		return core.Body{}, err
	}
	defer h.pool.resumes(req.Parent)
	return h.Host.Handle(ctx, req)
}

// waits notes that the running call of req waits for a nested one.
func (p *Pool) waits(req *core.Request) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.find(req)
	if c == nil {
		return nil
	}
	if p.spec.MaxWaiting > 0 && c.nested == 0 && p.waiting >= p.spec.MaxWaiting {
		return p.refuse(core.KindOverloaded, "max_waiting calls wait already for calls of their own", nil)
	}
	if c.nested++; c.nested == 1 {
		p.waiting++
	}
	if p.stuck() {
		p.queue.each(func(c *call) {
			if c.req.Parent != nil {
				p.queue.remove(c)
				c.ready <- p.refuse(core.KindOverloaded, stuckText, nil)
			}
		})
	}
	return nil
}

// resumes notes that a nested call of req has its answer.
func (p *Pool) resumes(req *core.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := p.find(req); c != nil && c.nested > 0 {
		if c.nested--; c.nested == 0 {
			p.waiting--
		}
	}
}

// find returns the running call of req, or nil. It is entered into the index
// when it makes its first nested call, which it usually does soon after it
// began: the search starts with the latest.
func (p *Pool) find(req *core.Request) *call {
	if c := p.nested[req]; c != nil {
		return c
	}
	for c := p.running.tail; c != nil; c = c.prev {
		if c.req == req {
			p.nested[req] = c
			return c
		}
	}
	return nil
}

// stuck reports whether all that runs waits for nested calls and no instance
// can take another call.
func (p *Pool) stuck() bool {
	return p.running.len > 0 && p.waiting == p.running.len && p.ranks.first() == nil &&
		p.starting == 0 && len(p.members) >= p.max()
}
