package pool

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/core"
)

// Pool hands calls to the instances of one plugin. It is a core.Handler, safe
// for concurrent use. Besides what its instances return it fails with
// ErrNoFunction when the plugin is known to lack the function, ErrTimeout,
// ErrCanceled, ErrOverloaded and ErrUnavailable.
type Pool struct {
	spec   config.Plugin
	name   string
	plugin Plugin
	host   core.Host
	clock  *Clock
	log    *slog.Logger

	functions atomic.Pointer[map[string]struct{}] // nil: not known

	life   context.Context // ends when the pool is closed
	end    context.CancelFunc
	ending sync.WaitGroup // goroutines that start, watch or end instances

	mu       sync.Mutex
	ranks    ranks
	members  map[*member]struct{}
	starting int
	capacity int // of the members; 0: not known yet
	started  uint64
	initDone bool
	gate     gate
	queue    queue
	running  callList
	nested   map[*core.Request]*call // the running calls that made nested ones
	waiting  int                     // running calls that wait for a nested one
	free     []*call
	keeper   *time.Timer
	closed   bool
	drained  chan struct{}
	counters Counters
}

// Counters count what a pool did since it was made.
type Counters struct {
	Calls    uint64 // that reached an instance and came back
	Passed   uint64 // of those, that went on to the next plugin
	Errors   uint64 // of those, that failed
	Refused  uint64 // overloaded, unavailable
	Expired  uint64 // timeouts, in queue or run
	Canceled uint64 // callers that went away
	Deaths   uint64 // instances that ended on their own
}

// New returns a pool for plugin, without instances. name is how the plugin is
// called in messages. The pool owns plugin.
func New(name string, spec config.Plugin, plugin Plugin, host core.Host, clock *Clock, log *slog.Logger) *Pool {
	life, end := context.WithCancel(context.Background())
	p := &Pool{
		spec: spec, name: name, plugin: plugin, clock: clock, life: life, end: end,
		log:     log.With("module", spec.Module, "plugin", name),
		members: make(map[*member]struct{}), capacity: spec.Concurrency,
		gate: gate{limit: spec.Restart}, queue: queue{share: spec.LowShare},
		nested: make(map[*core.Request]*call), drained: make(chan struct{}),
	}
	p.host = &poolHost{Host: host, pool: p}
	clock.add(p)
	return p
}

// Name returns the plugin's name.
func (p *Pool) Name() string { return p.name }

// maxAttempts bounds how many dying instances a call that was not sent yet is
// offered to.
const maxAttempts = 3

// Handle implements core.Handler.
func (p *Pool) Handle(ctx context.Context, req *core.Request) (core.Body, error) {
	if known := p.functions.Load(); known != nil {
		if _, ok := (*known)[req.Function]; !ok {
			return core.Body{}, core.ErrNoFunction
		}
	}
	own := req.Deadline
	now := p.clock.Now()
	if p.spec.Timeout > 0 {
		if d := now + int64(p.spec.Timeout); own == 0 || d < own {
			req.Deadline = d
		}
	}
	body, err := p.handle(ctx, req, now)
	req.Deadline = own
	return body, err
}

func (p *Pool) handle(ctx context.Context, req *core.Request, now int64) (core.Body, error) {
	for attempt := 1; ; attempt++ {
		c, err := p.lease(ctx, req, now)
		if err != nil {
			return core.Body{}, err
		}
		req.Served.Plugin = p.name
		body, err := c.member.inst.Handle(ctx, req)
		p.release(c, err)
		if err == nil || attempt == maxAttempts || !errors.Is(err, ErrUnsent) {
			return body, err
		}
	}
}

// lease returns a call that has a member, waiting for one if need be.
func (p *Pool) lease(ctx context.Context, req *core.Request, now int64) (*call, error) {
	p.mu.Lock()
	if m := p.ranks.first(); m != nil && !p.closed {
		c := p.newCall(ctx, req, now)
		p.give(c, m, now)
		p.mu.Unlock()
		p.clock.wake()
		return c, nil
	}
	c, err := p.enqueue(ctx, req, now)
	p.mu.Unlock()
	if err != nil {
		return nil, err
	}
	p.clock.wake()
	if err := <-c.ready; err != nil {
		p.mu.Lock()
		p.keepCall(c)
		p.mu.Unlock()
		return nil, err
	}
	return c, nil
}

// enqueue puts a call into the queue and sees to it that somebody will come
// for it, or refuses it.
func (p *Pool) enqueue(ctx context.Context, req *core.Request, now int64) (*call, error) {
	if p.closed {
		return nil, p.refuse(core.KindUnavailable, "the plugin is being closed", nil)
	}
	c := p.newCall(ctx, req, now)
	p.queue.push(c)
	p.grow()
	err := p.admit(c)
	if err != nil {
		p.queue.remove(c)
		p.keepCall(c)
		return nil, err
	}
	return c, nil
}

// admit says why the queued call c cannot stay, or nil.
func (p *Pool) admit(c *call) error {
	if len(p.members) == 0 && p.starting == 0 {
		return p.down()
	}
	if p.queue.len() > p.spec.Queue+p.starting*max(p.capacity, 1) {
		return p.refuse(core.KindOverloaded,
			fmt.Sprintf("%d calls wait already; raise queue or workers, or call less", p.queue.len()-1), nil)
	}
	if c.req.Parent != nil && p.stuck() {
		return p.refuse(core.KindOverloaded, stuckText, nil)
	}
	return nil
}

// refuse counts and returns an error of the pool itself.
func (p *Pool) refuse(kind core.ErrorKind, text string, cause error) error {
	p.counters.Refused++
	return &core.Error{Kind: kind, Message: p.name + ": " + text, Err: cause}
}

// down returns the error for calls while no instance can be started.
func (p *Pool) down() error {
	text := "cannot be started"
	if wait := time.Until(p.gate.until); wait > 0 {
		text = fmt.Sprintf("keeps dying; the next try is in %v", wait.Round(time.Millisecond))
	}
	return p.refuse(core.KindUnavailable, text, p.gate.reason)
}

// give lets the member run the call, which must be in no list.
func (p *Pool) give(c *call, m *member, now int64) {
	p.ranks.drop(m)
	m.inFlight++
	m.leased++
	if p.spec.MaxJobs > 0 && m.leased >= uint64(p.spec.MaxJobs) {
		m.retiring = true
	} else {
		p.ranks.put(m)
	}
	c.member, c.leased, c.deadline = m, now, c.req.Deadline
	c.req.Served.Queue = now - c.arrived
	p.running.push(c)
}

// feed gives waiting calls to m while it has room, else ranks it.
func (p *Pool) feed(m *member, now int64) {
	p.ranks.drop(m)
	for !m.retiring && !m.full() {
		c := p.queue.next()
		if c == nil {
			break
		}
		p.give(c, m, now)
		c.ready <- nil
	}
	if !m.retiring && m.level == nil {
		p.ranks.put(m)
	}
}

// release takes back a call that ran.
func (p *Pool) release(c *call, err error) {
	now := p.clock.now.Load()
	c.req.Served.Run = now - c.leased
	p.mu.Lock()
	defer p.mu.Unlock()
	m := c.member
	p.running.remove(c)
	if c.nested > 0 {
		p.waiting--
	}
	delete(p.nested, c.req)
	m.inFlight--
	p.counters.Calls++
	switch {
	case err == nil:
	case errors.Is(err, core.ErrNoFunction): // its predicate passed the call on
		p.counters.Passed++
	default:
		p.counters.Errors++
		p.judge(m, c, err)
		p.linger(m, c)
	}
	if err == nil || !m.gone {
		m.done++
		p.gate.served()
	}
	p.keepCall(c)
	switch {
	case m.gone:
	case m.retiring:
		if m.inFlight == 0 {
			p.retire(m)
		}
	default:
		p.feed(m, now)
		if m.inFlight == 0 {
			m.idle = now
		}
	}
	p.settle()
}

// judge buries a member whose error says that it must not be used again.
func (p *Pool) judge(m *member, c *call, err error) {
	if !errors.Is(err, core.ErrBroken) {
		return
	}
	if c.stopped == timedOut {
		p.log.Warn("instance hung and is replaced", "instance", m.number, "calls", m.done, "error", err)
		p.bury(m, nil)
		return
	}
	p.bury(m, err)
}

// settle lets a closing pool go on once nothing runs or waits.
func (p *Pool) settle() {
	if !p.closed || p.running.len > 0 || p.queue.len() > 0 {
		return
	}
	select {
	case <-p.drained:
	default:
		close(p.drained)
	}
}

// maxFree bounds the calls kept for reuse.
const maxFree = 1024

func (p *Pool) newCall(ctx context.Context, req *core.Request, now int64) *call {
	if n := len(p.free); n > 0 {
		c := p.free[n-1]
		p.free = p.free[:n-1]
		c.req, c.ctx, c.arrived, c.deadline = req, ctx, now, req.Deadline
		return c
	}
	return &call{req: req, ctx: ctx, arrived: now, deadline: req.Deadline, ready: make(chan error, 1)}
}

func (p *Pool) keepCall(c *call) {
	c.req, c.ctx, c.member, c.stopped, c.nested = nil, nil, nil, running, 0
	if len(p.free) < maxFree {
		p.free = append(p.free, c)
	}
}
