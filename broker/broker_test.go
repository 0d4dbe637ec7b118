package broker

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fondaco/fondaco/core"
)

// stub is a backend that answers some functions.
type stub struct {
	functions string // names, separated by spaces
	err       error  // what it answers them
	hold      chan struct{}
	calls     atomic.Int64
	closed    atomic.Bool
}

func (s *stub) Handle(_ context.Context, req *core.Request) (core.Body, error) {
	for f := range strings.FieldsSeq(s.functions) {
		if f == req.Function {
			s.calls.Add(1)
			if s.hold != nil {
				<-s.hold
			}
			if s.closed.Load() {
				return core.Body{}, errors.New("called after Close")
			}
			return core.Body{}, s.err
		}
	}
	return core.Body{}, core.ErrNoFunction
}

func (s *stub) Close(context.Context) error { s.closed.Store(true); return nil }

func newBroker(t testing.TB) *Broker {
	inner := core.HandlerFunc(func(context.Context, *core.Request) (core.Body, error) { return core.Body{}, nil })
	b := New(inner, slog.New(slog.NewTextHandler(io.Discard, nil)))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		b.Close(ctx)
	})
	return b
}

func req(module, function string) *core.Request {
	return &core.Request{Module: module, Function: function, Caller: &core.Caller{}}
}

func TestRouting(t *testing.T) {
	b := newBroker(t)
	first, second := &stub{functions: "add"}, &stub{functions: "add sub fail", err: nil}
	failing := &stub{functions: "fail", err: core.NewError(core.KindUser, "boom")}
	b.Set("math", 1, []Backend{first, failing, second})
	tests := []struct {
		name, module, function string
		caller                 core.Caller
		want                   error
	}{
		{"first plugin", "math", "add", core.Caller{}, nil},
		{"shadowed one", "math", "sub", core.Caller{}, nil},
		{"an error is final", "math", "fail", core.Caller{}, core.ErrUser},
		{"no function", "math", "mul", core.Caller{}, core.ErrNoFunction},
		{"no module", "nope", "add", core.Caller{}, core.ErrNoModule},
		{"host from a door", "fondaco", "log", core.Caller{}, core.ErrNoModule},
		{"host from a plugin", "fondaco", "log", core.Caller{Plugin: "p"}, nil},
		{"too deep", "math", "add", core.Caller{Depth: core.MaxDepth + 1}, core.ErrOverloaded},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := req(tt.module, tt.function)
			r.Caller = &tt.caller
			if _, err := b.Handle(context.Background(), r); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
	if first.calls.Load() != 1 || second.calls.Load() != 1 {
		t.Errorf("add ran %d times in the first and %d in the second plugin, want 1 and 1 (sub)", first.calls.Load(), second.calls.Load())
	}
}

func TestOldGenerationFinishesItsCalls(t *testing.T) {
	b := newBroker(t)
	old := &stub{functions: "f", hold: make(chan struct{})}
	b.Set("m", 1, []Backend{old})
	got := make(chan error, 1)
	go func() {
		_, err := b.Handle(context.Background(), req("m", "f"))
		got <- err
	}()
	for old.calls.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	b.Set("m", 2, []Backend{&stub{functions: "f"}})
	r := req("m", "f")
	if _, err := b.Handle(context.Background(), r); err != nil || r.Served.Generation != 2 {
		t.Errorf("new call: generation %d, error %v", r.Served.Generation, err)
	}
	if old.closed.Load() {
		t.Error("the old generation was closed in mid-call")
	}
	close(old.hold)
	if err := <-got; err != nil {
		t.Errorf("old call: %v", err)
	}
	for !old.closed.Load() {
		time.Sleep(time.Millisecond)
	}
}

func TestSwapUnderLoadLosesNothing(t *testing.T) {
	b := newBroker(t)
	b.Set("m", 1, []Backend{&stub{functions: "f"}})
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := b.Handle(context.Background(), req("m", "f")); err != nil {
					t.Errorf("call failed: %v", err)
					return
				}
			}
		}()
	}
	for range 500 {
		b.Set("m", 1, []Backend{&stub{functions: "f"}})
	}
	close(stop)
	wg.Wait()
}

func TestDisable(t *testing.T) {
	b := newBroker(t)
	s := &stub{functions: "f"}
	b.Set("m", 1, []Backend{s})
	if err := b.Disable("m", "alice"); err != nil {
		t.Fatal(err)
	}
	_, err := b.Handle(context.Background(), req("m", "f"))
	if !errors.Is(err, core.ErrUnavailable) || !strings.Contains(err.Error(), "alice") {
		t.Errorf("got %v, want unavailable by alice", err)
	}
	b.Set("m", 1, []Backend{&stub{functions: "f"}})
	if _, err := b.Handle(context.Background(), req("m", "f")); err != nil {
		t.Errorf("after enabling: %v", err)
	}
	if err := b.Disable("nope", "alice"); !errors.Is(err, core.ErrNoModule) {
		t.Errorf("disabling nothing: %v", err)
	}
}

func TestCastReturnsAtOnceAndIsBounded(t *testing.T) {
	b := newBroker(t)
	s := &stub{functions: "f", hold: make(chan struct{})}
	b.Set("m", 1, []Backend{s})
	for i := range MaxCasts + 1 {
		r := req("m", "f")
		r.Kind = core.Cast
		_, err := b.Handle(context.Background(), r)
		if i < MaxCasts && err != nil || i == MaxCasts && !errors.Is(err, core.ErrOverloaded) {
			t.Fatalf("cast %d: %v", i, err)
		}
	}
	close(s.hold)
	b.Close(context.Background())
	if n := s.calls.Load(); n != MaxCasts {
		t.Errorf("%d casts ran, want %d", n, MaxCasts)
	}
}

func TestCastKeepsItsOwnDeadlineOnly(t *testing.T) {
	b := newBroker(t)
	got := make(chan int64, 1)
	b.Set("m", 1, []Backend{backendFunc(func(_ context.Context, r *core.Request) (core.Body, error) {
		got <- r.Deadline
		return core.Body{}, nil
	})})
	for _, parent := range []*core.Request{nil, req("m", "f")} {
		r := req("m", "f")
		r.Kind, r.Deadline, r.Parent = core.Cast, 12345, parent
		if _, err := b.Handle(context.Background(), r); err != nil {
			t.Fatal(err)
		}
		if d := <-got; (d == 12345) != (parent == nil) {
			t.Errorf("deadline %d with parent %v", d, parent != nil)
		}
	}
}

func TestCloseLeavesDeafCastsBehind(t *testing.T) {
	b := newBroker(t)
	deaf := &stub{functions: "f", hold: make(chan struct{})}
	b.Set("m", 1, []Backend{deaf})
	r := req("m", "f")
	r.Kind = core.Cast
	if _, err := b.Handle(context.Background(), r); err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	b.Close(ended) // returns
	if !deaf.closed.Load() {
		t.Error("the backend was not closed")
	}
	close(deaf.hold)
}

// backendFunc is a function as a Backend.
type backendFunc core.HandlerFunc

func (f backendFunc) Handle(ctx context.Context, r *core.Request) (core.Body, error) {
	return f(ctx, r)
}
func (f backendFunc) Close(context.Context) error { return nil }

func TestRoutingAllocatesNothing(t *testing.T) {
	b := newBroker(t)
	b.Set("m", 1, []Backend{&stub{functions: "f"}})
	r := req("m", "f")
	ctx := context.Background()
	if n := testing.AllocsPerRun(1000, func() { b.Handle(ctx, r) }); n > 0 {
		t.Errorf("%v allocations a call, want 0", n)
	}
}
