package pool

import (
	"fmt"
	"time"

	"github.com/fondaco/fondaco/core"
)

// What became of a running call.
const (
	running  = iota // it runs
	canceled        // its caller has gone; the instance was told
	timedOut        // its deadline passed; the instance was told
)

// grace is how long after a deadline the other calls of a worker may go on,
// and an instance may take to obey, before it is ended.
const grace = int64(time.Second)

// check implements watcher: it ends calls whose deadline has passed or whose
// caller has gone.
//
// Instances are interrupted under the pool's lock, so that a request cannot
// end, and its memory serve another call, in between.
func (p *Pool) check(now int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.queue.each(func(c *call) {
		if err := p.expired(c, now); err != nil {
			p.queue.remove(c)
			c.ready <- err
		}
	})
	for c := p.running.head; c != nil; c = c.next {
		p.checkRunning(c, now)
	}
	p.settle()
	return p.running.len > 0 || p.queue.len() > 0
}

// expired returns the error for a waiting call that must not wait longer.
func (p *Pool) expired(c *call, now int64) error {
	switch {
	case c.deadline != 0 && now >= c.deadline:
		p.counters.Expired++
		how := "it waited for a free instance all the time"
		if p.started == 0 {
			how = "the plugin was still starting"
		}
		return p.timeout(c, how)
	case c.ctx.Err() != nil:
		p.counters.Canceled++
		return &core.Error{Kind: core.KindCanceled, Message: p.name + ": the caller went away", Err: c.ctx.Err()}
	}
	return nil
}

func (p *Pool) timeout(c *call, how string) error {
	within := time.Duration(c.deadline - c.arrived).Round(time.Millisecond)
	if within > 10*tick { // arrived is up to a tick older than the deadline's beginning
		within = within.Truncate(5 * time.Millisecond)
	}
	return core.NewError(core.KindTimeout, fmt.Sprintf("%s.%s in %s: no answer within %v: %s",
		c.req.Module, c.req.Function, p.name, within, how))
}

func (p *Pool) checkRunning(c *call, now int64) {
	m := c.member
	switch {
	case c.stopped == timedOut:
		if m.killAt != 0 && now >= m.killAt && !m.gone {
			p.leave(m)
			p.endNow(m)
			p.replace()
		}
	case c.deadline != 0 && now >= c.deadline:
		c.stopped = timedOut
		p.counters.Expired++
		p.interrupt(c, p.timeout(c, fmt.Sprintf("it ran for %v", time.Duration(now-c.leased).Round(time.Millisecond))))
		if _, ok := m.inst.(Process); ok && !m.gone {
			m.retiring = true
			m.killAt = now + grace
			p.ranks.drop(m)
		}
	case c.stopped == running && c.ctx.Err() != nil:
		c.stopped = canceled
		p.counters.Canceled++
		p.interrupt(c, &core.Error{Kind: core.KindCanceled, Message: p.name + ": the caller went away", Err: c.ctx.Err()})
	}
}

func (p *Pool) interrupt(c *call, cause error) {
	if i, ok := c.member.inst.(core.Interrupter); ok {
		i.Interrupt(c.req, cause)
	}
}

// linger keeps the places of calls that m still works on, after one of them
// was given up.
func (p *Pool) linger(m *member, c *call) {
	if l, ok := m.inst.(Lingerer); ok && c.stopped != running {
		m.lingers = l.Lingering()
	}
}

// lingered gives m the calls there is room for again.
func (p *Pool) lingered(m *member, l Lingerer) {
	now := p.clock.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	m.lingers = l.Lingering()
	if !m.gone && !m.retiring {
		p.feed(m, now)
		if m.inFlight == 0 {
			m.idle = now
		}
	}
}
