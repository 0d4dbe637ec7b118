package pool

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/core"
)

// fakePlugin makes fake instances and counts them.
type fakePlugin struct {
	start     func(n int) error // called before instance n is ready; nil: ready at once
	functions []string
	handle    func(in *fakeInstance, ctx context.Context, req *core.Request) (core.Body, error)

	mu      sync.Mutex
	made    []*fakeInstance
	live    atomic.Int64
	stopped atomic.Int64
	closed  atomic.Bool
}

func (p *fakePlugin) New(ctx context.Context, host core.Host) (Instance, error) {
	p.mu.Lock()
	in := &fakeInstance{plugin: p, number: len(p.made), host: host, done: make(chan struct{}), interrupts: make(chan error, 16)}
	p.made = append(p.made, in)
	p.mu.Unlock()
	if p.start != nil {
		if err := p.start(in.number); err != nil {
			return nil, err
		}
	}
	p.live.Add(1)
	return in, nil
}

func (p *fakePlugin) Close() error { p.closed.Store(true); return nil }

func (p *fakePlugin) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.made)
}

func (p *fakePlugin) instance(n int) *fakeInstance {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.made[n]
}

type fakeInstance struct {
	plugin     *fakePlugin
	number     int
	host       core.Host
	memory     atomic.Int64
	lingering  atomic.Int64
	notify     func()
	interrupts chan error
	once       sync.Once
	done       chan struct{}
	err        error
}

func (in *fakeInstance) Handle(ctx context.Context, req *core.Request) (core.Body, error) {
	if in.plugin.handle == nil {
		return core.Body{}, nil
	}
	return in.plugin.handle(in, ctx, req)
}

func (in *fakeInstance) Functions() ([]string, bool) {
	return in.plugin.functions, in.plugin.functions != nil
}

func (in *fakeInstance) Interrupt(_ *core.Request, cause error) { in.interrupts <- cause }

func (in *fakeInstance) Lingering() int  { return int(in.lingering.Load()) }
func (in *fakeInstance) Notify(f func()) { in.notify = f }

func (in *fakeInstance) Stop(context.Context) error { in.plugin.stopped.Add(1); return nil }

func (in *fakeInstance) Close() error { in.die(errors.New("closed")); return nil }

func (in *fakeInstance) Done() <-chan struct{} { return in.done }
func (in *fakeInstance) Err() error            { return in.err }
func (in *fakeInstance) Pid() int              { return 1000 + in.number }

func (in *fakeInstance) Memory() (int64, error) { return in.memory.Load(), nil }

func (in *fakeInstance) die(reason error) {
	in.once.Do(func() {
		in.err = reason
		in.plugin.live.Add(-1)
		close(in.done)
	})
}

// nobody is a Host that answers every nested call at once.
type nobody struct{ core.HandlerFunc }

func (nobody) Wait(_ context.Context, f func() error) error { return f() }

func answer(context.Context, *core.Request) (core.Body, error) { return core.Body{}, nil }

func newPool(t testing.TB, spec config.Plugin, plugin *fakePlugin) *Pool {
	t.Helper()
	spec.Module = "m"
	p := New("p", spec, plugin, nobody{answer}, NewClock(), slog.New(slog.NewTextHandler(io.Discard, nil)))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := p.Close(ctx); err != nil {
			t.Errorf("Close: %v", err)
		}
		if n := plugin.live.Load(); n != 0 {
			t.Errorf("%d instances are left after Close", n)
		}
		if !plugin.closed.Load() {
			t.Error("the plugin was not closed")
		}
	})
	return p
}

// spec returns the default settings, changed by f.
func spec(f func(*config.Plugin)) config.Plugin {
	s := config.DefaultPlugin()
	if f != nil {
		f(&s)
	}
	return s
}

func request() *core.Request {
	return &core.Request{Module: "m", Function: "f", Caller: &core.Caller{}}
}

// eventually waits until cond holds.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for limit := time.Now().Add(20 * time.Second); !cond(); time.Sleep(time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("timed out waiting until %s", what)
		}
	}
}

// call runs a request in the background and returns where its error will be.
func (p *Pool) call(ctx context.Context, req *core.Request) <-chan error {
	got := make(chan error, 1)
	go func() {
		_, err := p.Handle(ctx, req)
		got <- err
	}()
	return got
}

func want(t *testing.T, got <-chan error, target error) error {
	t.Helper()
	select {
	case err := <-got:
		if !errors.Is(err, target) {
			t.Fatalf("got error %v, want %v", err, target)
		}
		return err
	case <-time.After(20 * time.Second):
		t.Fatalf("no answer, want %v", target)
		return nil
	}
}
