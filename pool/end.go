package pool

import (
	"context"
	"time"

	"github.com/fondaco/fondaco/core"
)

// stopLimit bounds how long an instance may take to end in peace.
const stopLimit = 5 * time.Second

// leave takes m out of the pool.
func (p *Pool) leave(m *member) {
	m.gone = true
	p.ranks.drop(m)
	delete(p.members, m)
}

// bury removes a member that died, or must not be used again, and replaces it
// if need be. reason is why it died; nil when its death was the pool's wish.
func (p *Pool) bury(m *member, reason error) {
	if m.gone {
		return
	}
	p.leave(m)
	if reason != nil && !p.closed {
		p.counters.Deaths++
		p.log.Warn("instance died", "instance", m.number, "calls", m.done, "error", reason)
		if m.done == 0 {
			p.gate.died(time.Now(), reason)
		}
	}
	p.ending.Add(1)
	go func() {
		defer p.ending.Done()
		p.close(m.inst)
	}()
	p.replace()
}

// retire ends a member in peace: nothing runs on it.
func (p *Pool) retire(m *member) {
	p.leave(m)
	p.endLater(m.inst)
	p.replace()
}

// replace starts what the minimum and the waiting calls need after a member
// left; calls that nobody will come for are told.
func (p *Pool) replace() {
	for len(p.members)+p.starting < p.spec.Workers.Min && p.mayStart() {
		p.start(nil)
	}
	p.grow()
	if len(p.members) == 0 && p.starting == 0 {
		p.queue.each(func(c *call) {
			p.queue.remove(c)
			c.ready <- p.down()
		})
	}
	p.keepLater()
}

// endLater stops and closes an instance in the background.
func (p *Pool) endLater(inst Instance) {
	p.ending.Add(1)
	go func() {
		defer p.ending.Done()
		if s, ok := inst.(Stopper); ok {
			ctx, cancel := context.WithTimeout(context.Background(), stopLimit)
			defer cancel()
			if err := s.Stop(ctx); err != nil {
				p.log.Warn("instance did not stop in peace", "error", err)
			}
		}
		p.close(inst)
	}()
}

func (p *Pool) close(inst Instance) {
	if err := inst.Close(); err != nil {
		p.log.Warn("closing an instance", "error", err)
	}
}

// Close lets the calls that run or wait finish until ctx is done, then ends
// all instances and the plugin. No call may come in after it.
func (p *Pool) Close(ctx context.Context) error {
	p.mu.Lock()
	p.closed = true
	p.settle()
	p.mu.Unlock()
	select {
	case <-p.drained:
	case <-ctx.Done():
	}
	p.mu.Lock()
	p.queue.each(func(c *call) {
		p.queue.remove(c)
		c.ready <- p.refuse(core.KindUnavailable, "the server stopped waiting", nil)
	})
	for m := range p.members {
		if p.leave(m); m.inFlight == 0 {
			p.endLater(m.inst)
		} else {
			p.endNow(m)
		}
	}
	if p.keeper != nil {
		p.keeper.Stop()
	}
	p.mu.Unlock()
	p.end()
	p.ending.Wait()
	p.clock.remove(p)
	return p.plugin.Close()
}

// endNow closes the instance of m in the background, whatever it does.
func (p *Pool) endNow(m *member) {
	p.ending.Add(1)
	go func() {
		defer p.ending.Done()
		p.close(m.inst)
	}()
}
