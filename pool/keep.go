package pool

import (
	"time"

	"github.com/fondaco/fondaco/core"
)

// The keeper looks after a pool's members at least this often, at most this
// often.
const (
	keepSlow = time.Second
	keepFast = 10 * time.Millisecond
)

// keepLater makes sure that the keeper comes while it is needed: as long as
// there are members, or fewer than the minimum.
func (p *Pool) keepLater() {
	if p.closed || len(p.members) == 0 && p.spec.Workers.Min == 0 {
		return
	}
	every := keepSlow
	for _, d := range []time.Duration{p.spec.Workers.Idle, p.spec.MaxAge} {
		if d > 0 {
			every = min(every, max(d/4, keepFast))
		}
	}
	if p.keeper == nil {
		p.keeper = time.AfterFunc(every, p.keep)
		return
	}
	p.keeper.Reset(every)
}

// keep ends members that idle too long, are too old or too large, and brings
// the pool back to its minimum.
func (p *Pool) keep() {
	large := p.overweight()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	for m := range p.members {
		if large[m] || p.spec.MaxAge > 0 && time.Since(m.born) > p.spec.MaxAge {
			p.recycle(m)
		}
	}
	p.shrink(core.Now())
	p.replace()
}

// recycle ends m as soon as nothing runs on it.
func (p *Pool) recycle(m *member) {
	if m.gone {
		return
	}
	m.retiring = true
	p.ranks.drop(m)
	if m.inFlight == 0 {
		p.retire(m)
	}
}

// shrink ends members above the minimum that idled too long.
func (p *Pool) shrink(now int64) {
	for p.spec.Workers.Idle > 0 && p.spec.Instances == 0 && len(p.members) > p.spec.Workers.Min {
		m := p.ranks.idlest()
		if m == nil || now-m.idle < int64(p.spec.Workers.Idle) {
			return
		}
		p.retire(m)
	}
}

// overweight returns the members above max_memory. It reads their sizes
// without the lock: that takes system calls.
func (p *Pool) overweight() map[*member]bool {
	if p.spec.MaxMemory <= 0 {
		return nil
	}
	p.mu.Lock()
	all := make([]*member, 0, len(p.members))
	for m := range p.members {
		all = append(all, m)
	}
	p.mu.Unlock()
	large := make(map[*member]bool)
	for _, m := range all {
		if proc, ok := m.inst.(Process); ok {
			if size, err := proc.Memory(); err == nil && size > p.spec.MaxMemory {
				large[m] = true
			}
		}
	}
	return large
}
