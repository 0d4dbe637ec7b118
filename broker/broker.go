package broker

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/internal/lograte"
)

// Broker routes requests to modules. It is safe for concurrent use.
type Broker struct {
	log       *slog.Logger
	strangers *slog.Logger // for what callers can cause
	inner     core.Handler // answers module "fondaco" for plugins
	table     atomic.Pointer[map[string]*module]
	life      context.Context // of casts; ends when the broker is closed for good
	end       context.CancelFunc
	casts     sync.WaitGroup

	mu      sync.Mutex     // held while the table or a module is changed
	retired sync.WaitGroup // generations that finish
}

// linesPerSecond bounds the lines logged about casts that fail.
const linesPerSecond = 10

// New returns a broker without modules. inner answers what plugins ask of the
// server itself, as module "fondaco"; no door can reach it.
func New(inner core.Handler, log *slog.Logger) *Broker {
	life, end := context.WithCancel(context.Background())
	b := &Broker{log: log, strangers: lograte.New(log, linesPerSecond), inner: inner, life: life, end: end}
	b.table.Store(&map[string]*module{})
	return b
}

// Host is the name of the module that is the server itself.
const Host = "fondaco"

// Handle implements core.Handler. Casts return at once; see MaxCasts.
func (b *Broker) Handle(ctx context.Context, req *core.Request) (core.Body, error) {
	m := (*b.table.Load())[req.Module]
	if m == nil {
		return b.outside(ctx, req)
	}
	if req.Caller != nil && req.Caller.Depth > core.MaxDepth {
		return core.Body{}, core.NewError(core.KindOverloaded, fmt.Sprintf(
			"%s.%s: plugins call each other more than %d deep", req.Module, req.Function, core.MaxDepth))
	}
	if req.Kind == core.Cast {
		return core.Body{}, b.cast(m, req)
	}
	g, err := m.enter()
	if err != nil {
		return core.Body{}, err
	}
	defer g.leave()
	return g.handle(ctx, req)
}

// outside answers requests for what is no module.
func (b *Broker) outside(ctx context.Context, req *core.Request) (core.Body, error) {
	if req.Module == Host && req.Caller != nil && req.Caller.Plugin != "" {
		return b.inner.Handle(ctx, req)
	}
	return core.Body{}, core.NewError(core.KindNoModule, "No such module '"+req.Module+"'")
}

// Wait implements core.Host.
func (b *Broker) Wait(_ context.Context, f func() error) error { return f() }

// Set puts backends in service as generation number of the module, which is
// made if need be. The generation before it finishes in the background. The
// broker owns the backends from here on.
func (b *Broker) Set(name string, number uint64, backends []Backend) {
	b.mu.Lock()
	defer b.mu.Unlock()
	m := (*b.table.Load())[name]
	if m == nil {
		m = &module{name: name}
		b.change(func(t map[string]*module) { t[name] = m })
	}
	m.off.Store(nil)
	b.retire(m.current.Swap(newGeneration(number, backends)))
}

// Disable takes the module out of service; by is told to its callers. What
// runs finishes in the background.
func (b *Broker) Disable(name, by string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	m := (*b.table.Load())[name]
	if m == nil {
		return core.NewError(core.KindNoModule, "No such module '"+name+"'")
	}
	if m.off.Load() == nil {
		m.off.Store(&disabled{by: by, at: time.Now()})
		b.retire(m.current.Swap(nil))
	}
	return nil
}

// Remove takes the module out of the table.
func (b *Broker) Remove(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if m := (*b.table.Load())[name]; m != nil {
		b.change(func(t map[string]*module) { delete(t, name) })
		b.retire(m.current.Swap(nil))
	}
}

func (b *Broker) change(f func(map[string]*module)) {
	t := maps.Clone(*b.table.Load())
	f(t)
	b.table.Store(&t)
}

func (b *Broker) retire(g *generation) {
	if g == nil {
		return
	}
	g.retire()
	b.retired.Add(1)
	go func() {
		defer b.retired.Done()
		if err := g.finish(b.life); err != nil {
			b.log.Warn("closing a generation", "generation", g.number, "error", err)
		}
	}()
}

// Close lets casts and requests finish until ctx is done, then ends them, and
// closes every module. No request may come in after it.
func (b *Broker) Close(ctx context.Context) {
	stop := context.AfterFunc(ctx, b.end)
	defer stop()
	b.awaitCasts()
	b.mu.Lock()
	for _, m := range *b.table.Load() {
		b.retire(m.current.Swap(nil))
	}
	b.table.Store(&map[string]*module{})
	b.mu.Unlock()
	b.retired.Wait()
	b.end()
}

// deaf is how long a cast may go on after its context has ended: one that does
// not heed it is left behind.
const deaf = 2 * time.Second

func (b *Broker) awaitCasts() {
	done := make(chan struct{})
	go func() {
		b.casts.Wait()
		close(done)
	}()
	select {
	case <-done:
		return
	case <-b.life.Done():
	}
	select {
	case <-done:
	case <-time.After(deaf):
		b.log.Warn("casts that do not heed the end of their context are left behind")
	}
}

// Modules lists the modules' names in order.
func (b *Broker) Modules() []string {
	return slices.Sorted(maps.Keys(*b.table.Load()))
}

// State is a module at one moment.
type State struct {
	Generation uint64    // 0 while it is disabled
	Backends   []Backend // in service
	DisabledBy string    // "" while it is in service
	DisabledAt time.Time
	Casts      int64  // that wait or run
	LostCasts  uint64 // that failed or were refused
}

// State returns what is known of the module, and false when there is none.
func (b *Broker) State(name string) (State, bool) {
	m := (*b.table.Load())[name]
	if m == nil {
		return State{}, false
	}
	s := State{Casts: m.casts.Load(), LostCasts: m.lost.Load()}
	if g := m.current.Load(); g != nil {
		s.Generation, s.Backends = g.number, g.backends
	}
	if d := m.off.Load(); d != nil {
		s.DisabledBy, s.DisabledAt = d.by, d.at
	}
	return s, true
}
