package pool

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fondaco/fondaco/core"
)

// tick is the clock's step: how late a deadline may be noticed.
const tick = 4 * time.Millisecond

// idleTicks is how many ticks without work pass before the clock stops.
const idleTicks = 50

// watcher has calls with deadlines. check looks at them and reports whether it
// has any.
type watcher interface {
	check(now int64) bool
}

// Clock is a coarse clock shared by all pools of a server: a read costs an
// atomic load, and a deadline needs no timer of its own. Its one goroutine
// runs only while some pool has work.
type Clock struct {
	now     atomic.Int64
	running atomic.Bool

	mu       sync.Mutex
	watchers []watcher
}

// NewClock returns a stopped clock.
func NewClock() *Clock { return &Clock{} }

// Now returns the time of the last tick, on the clock of core.Now, and starts
// the clock when it stands.
func (c *Clock) Now() int64 {
	c.wake()
	return c.now.Load()
}

// wake makes sure that the clock runs. A pool calls it after it took on work.
func (c *Clock) wake() {
	if !c.running.Load() {
		c.start()
	}
}

func (c *Clock) start() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running.Load() {
		return
	}
	c.now.Store(core.Now())
	c.running.Store(true)
	go c.run()
}

func (c *Clock) run() {
	t := time.NewTicker(tick)
	defer t.Stop()
	for idle := 0; ; {
		<-t.C
		now := core.Now()
		c.now.Store(now)
		if c.checkAll(now) {
			idle = 0
			continue
		}
		if idle++; idle >= idleTicks && c.stop() {
			return
		}
	}
}

// stop marks the clock as standing, unless work came in meanwhile: a pool takes
// on work before it looks at running, the clock looks at the pools after it
// cleared it, so that one of the two notices the other.
func (c *Clock) stop() bool {
	c.running.Store(false)
	if !c.checkAll(core.Now()) {
		return true
	}
	return !c.running.CompareAndSwap(false, true)
}

func (c *Clock) checkAll(now int64) bool {
	c.mu.Lock()
	all := c.watchers
	c.mu.Unlock()
	busy := false
	for _, w := range all {
		if w.check(now) {
			busy = true
		}
	}
	return busy
}

func (c *Clock) add(w watcher) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watchers = append(slices.Clip(c.watchers), w)
}

func (c *Clock) remove(w watcher) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watchers = slices.DeleteFunc(slices.Clone(c.watchers), func(o watcher) bool { return o == w })
}
