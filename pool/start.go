package pool

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fondaco/fondaco/core"
)

// startLimit bounds the start of an instance, unless the plugin's timeout is
// longer. It goes on when the call that asked for it has timed out: the next
// one finds it ready.
const startLimit = 30 * time.Second

// grow starts instances for the calls that wait, as far as allowed. While the
// members' capacity is not known it starts one at a time.
func (p *Pool) grow() {
	for p.queue.len() > p.starting*max(p.capacity, 1) && p.mayStart() {
		if p.capacity == 0 && p.starting > 0 {
			return
		}
		p.start(nil)
	}
}

func (p *Pool) mayStart() bool {
	return !p.closed && len(p.members)+p.starting < p.max() && p.gate.open(time.Now())
}

// max returns how many instances there may be.
func (p *Pool) max() int {
	if p.spec.Instances > 0 {
		return p.spec.Instances
	}
	return max(p.spec.Workers.Max, p.spec.Workers.Min, 1)
}

// start starts an instance in the background; told, if not nil, gets the
// outcome.
func (p *Pool) start(told chan<- error) {
	p.starting++
	p.ending.Add(1)
	go func() {
		defer p.ending.Done()
		err := p.startOne()
		if told != nil {
			told <- err
		}
	}()
}

func (p *Pool) startOne() error {
	ctx, cancel := context.WithTimeout(p.life, max(startLimit, p.spec.Timeout))
	defer cancel()
	inst, err := p.plugin.New(ctx, p.host)
	if err == nil {
		if err = p.init(ctx, inst); err != nil {
			err = errors.Join(err, inst.Close())
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.starting--
	switch {
	case err != nil:
		p.failed(err)
	case p.closed:
		p.endLater(inst)
	default:
		p.enter(inst)
	}
	return err
}

// init runs the plugin's init on its first instance.
func (p *Pool) init(ctx context.Context, inst Instance) error {
	i, ok := inst.(Initer)
	if !ok {
		return nil
	}
	p.mu.Lock()
	done := p.initDone
	p.initDone = true
	p.mu.Unlock()
	if done {
		return nil
	}
	if err := i.Init(ctx, p.host); err != nil {
		p.mu.Lock()
		p.initDone = false
		p.mu.Unlock()
		return fmt.Errorf("init of %s: %w", p.name, err)
	}
	return nil
}

// failed notes a start that failed. Calls that nobody will come for are told.
func (p *Pool) failed(err error) {
	p.counters.Deaths++
	p.gate.died(time.Now(), err)
	if !p.closed {
		p.log.Error("plugin does not start", "error", err)
	}
	if len(p.members) > 0 || p.starting > 0 {
		return
	}
	p.queue.each(func(c *call) {
		p.queue.remove(c)
		c.ready <- p.down()
	})
	p.settle()
}

// enter makes a started instance a member and gives it work.
func (p *Pool) enter(inst Instance) {
	p.learn(inst)
	capacity := p.spec.Concurrency
	if c, ok := inst.(Concurrent); ok && capacity == 0 {
		capacity = c.Concurrency()
	}
	p.capacity = max(capacity, 1)
	p.started++
	m := &member{inst: inst, number: p.started, capacity: p.capacity, born: time.Now(), idle: core.Now()}
	p.members[m] = struct{}{}
	p.watch(m)
	if l, ok := inst.(Lingerer); ok {
		l.Notify(func() { p.lingered(m, l) })
	}
	p.feed(m, p.clock.now.Load())
	p.grow()
	p.keepLater()
}

// learn takes over the list of functions, and refuses waiting calls for others:
// a call never waits for a plugin that lacks its function.
func (p *Pool) learn(inst Instance) {
	l, ok := inst.(Lister)
	if !ok || p.functions.Load() != nil {
		return
	}
	names, known := l.Functions()
	if !known {
		return
	}
	set := make(map[string]struct{}, len(names))
	for _, name := range names {
		set[name] = struct{}{}
	}
	p.functions.Store(&set)
	p.queue.each(func(c *call) {
		if _, ok := set[c.req.Function]; !ok {
			p.queue.remove(c)
			c.ready <- core.ErrNoFunction
		}
	})
}

// watch buries m when it dies on its own.
func (p *Pool) watch(m *member) {
	w, ok := m.inst.(Watched)
	if !ok {
		return
	}
	p.ending.Add(1)
	go func() {
		defer p.ending.Done()
		<-w.Done()
		p.mu.Lock()
		defer p.mu.Unlock()
		p.bury(m, w.Err())
	}()
}

// Lasts waits for d, or until ctx is done, and returns why the last instance
// died when none is left then.
func (p *Pool) Lasts(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.members) > 0 || p.starting > 0 {
		return nil
	}
	return p.gate.reason
}

// Warm starts instances until n are there or on the way, and waits for those
// it started. It returns the first error; the pool may be used all the same.
func (p *Pool) Warm(ctx context.Context, n int) error {
	p.mu.Lock()
	n = min(n, p.max()) - len(p.members) - p.starting
	if p.closed {
		n = 0
	}
	told := make(chan error, max(n, 0))
	for range n {
		p.start(told)
	}
	p.mu.Unlock()
	var first error
	for range n {
		select {
		case err := <-told:
			if first == nil {
				first = err
			}
		case <-ctx.Done():
			return fmt.Errorf("%s is not up yet: %w", p.name, ctx.Err())
		}
	}
	return first
}
