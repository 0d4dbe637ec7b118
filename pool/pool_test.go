package pool

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/core"
)

// gated makes instances hold their calls until release is closed or sent to.
func gated(release chan struct{}) func(*fakeInstance, context.Context, *core.Request) (core.Body, error) {
	return func(in *fakeInstance, _ context.Context, _ *core.Request) (core.Body, error) {
		select {
		case <-release:
			return core.Body{}, nil
		case cause := <-in.interrupts:
			return core.Body{}, cause
		}
	}
}

func TestStartsOnNeedUpToMax(t *testing.T) {
	release := make(chan struct{})
	plugin := &fakePlugin{handle: gated(release)}
	p := newPool(t, spec(func(s *config.Plugin) { s.Workers.Max = 3; s.Concurrency = 1 }), plugin)
	if plugin.count() != 0 {
		t.Fatal("an instance started before the first call")
	}
	var calls []<-chan error
	for range 5 {
		calls = append(calls, p.call(context.Background(), request()))
	}
	eventually(t, "3 calls run and 2 wait", func() bool { i := p.Info(); return i.Running == 3 && i.High == 2 })
	close(release)
	for _, c := range calls {
		want(t, c, nil)
	}
	if n := plugin.count(); n != 3 {
		t.Errorf("%d instances were made, want 3", n)
	}
}

func TestConcurrencySpreadsBeforeItStacks(t *testing.T) {
	release := make(chan struct{})
	plugin := &fakePlugin{handle: gated(release)}
	p := newPool(t, spec(func(s *config.Plugin) { s.Workers.Max = 2; s.Workers.Min = 2; s.Concurrency = 3 }), plugin)
	if err := p.Warm(context.Background(), 2); err != nil {
		t.Fatal(err)
	}
	var calls []<-chan error
	for range 4 {
		calls = append(calls, p.call(context.Background(), request()))
	}
	eventually(t, "4 calls run", func() bool { return p.Info().Running == 4 })
	for _, in := range p.Info().Instances {
		if in.InFlight != 2 {
			t.Errorf("instance %d has %d calls, want 2", in.Number, in.InFlight)
		}
	}
	close(release)
	for _, c := range calls {
		want(t, c, nil)
	}
}

func TestHighBeforeLowButLowIsNotStarved(t *testing.T) {
	release := make(chan struct{})
	var mu sync.Mutex
	var order []string
	plugin := &fakePlugin{handle: func(_ *fakeInstance, _ context.Context, req *core.Request) (core.Body, error) {
		<-release
		mu.Lock()
		defer mu.Unlock()
		order = append(order, req.Function)
		return core.Body{}, nil
	}}
	p := newPool(t, spec(func(s *config.Plugin) { s.Workers.Max = 1; s.Concurrency = 1; s.LowShare = 2 }), plugin)
	var calls []<-chan error
	add := func(name string, pr core.Priority) {
		req := request()
		req.Function, req.Priority = name, pr
		calls = append(calls, p.call(context.Background(), req))
		n := len(calls)
		eventually(t, name+" is in", func() bool { i := p.Info(); return i.Running+i.High+i.Low == n })
	}
	add("first", core.High)
	eventually(t, "the first runs", func() bool { return p.Info().Running == 1 })
	for i := range 2 {
		add(fmt.Sprint("low", i), core.Low)
	}
	for i := range 4 {
		add(fmt.Sprint("high", i), core.High)
	}
	close(release)
	for _, c := range calls {
		want(t, c, nil)
	}
	got := strings.Join(order, " ")
	if expect := "first high0 high1 low0 high2 high3 low1"; got != expect {
		t.Errorf("order %q, want %q", got, expect)
	}
}

func TestFullQueueIsOverloaded(t *testing.T) {
	release := make(chan struct{})
	plugin := &fakePlugin{handle: gated(release)}
	p := newPool(t, spec(func(s *config.Plugin) { s.Workers.Max = 1; s.Concurrency = 1; s.Queue = 1 }), plugin)
	first := p.call(context.Background(), request())
	eventually(t, "the first runs", func() bool { return p.Info().Running == 1 })
	second := p.call(context.Background(), request())
	eventually(t, "the second waits", func() bool { return p.Info().High == 1 })
	want(t, p.call(context.Background(), request()), core.ErrOverloaded)
	close(release)
	want(t, first, nil)
	want(t, second, nil)
}

func TestDeadlineCoversQueueAndRun(t *testing.T) {
	plugin := &fakePlugin{handle: gated(make(chan struct{}))}
	p := newPool(t, spec(func(s *config.Plugin) {
		s.Workers.Max, s.Concurrency, s.Timeout = 1, 1, 50*time.Millisecond
	}), plugin)
	running := p.call(context.Background(), request())
	waiting := p.call(context.Background(), request())
	for _, c := range []<-chan error{running, waiting} {
		if err := want(t, c, core.ErrTimeout); !strings.Contains(err.Error(), "m.f") {
			t.Errorf("the error does not name the function: %v", err)
		}
	}
}

func TestDeadlineCoversStart(t *testing.T) {
	up := make(chan struct{})
	plugin := &fakePlugin{start: func(int) error { <-up; return nil }}
	p := newPool(t, spec(func(s *config.Plugin) { s.Timeout = 50 * time.Millisecond }), plugin)
	t.Cleanup(func() { close(up) })
	if err := want(t, p.call(context.Background(), request()), core.ErrTimeout); !strings.Contains(err.Error(), "still starting") {
		t.Errorf("the error does not say that the plugin has not started: %v", err)
	}
}

func TestOwnDeadlineIsKeptAndRestored(t *testing.T) {
	plugin := &fakePlugin{handle: gated(make(chan struct{}))}
	p := newPool(t, spec(func(s *config.Plugin) { s.Timeout = time.Hour }), plugin)
	req := request()
	deadline := core.Now() + int64(20*time.Millisecond)
	req.Deadline = deadline
	want(t, p.call(context.Background(), req), core.ErrTimeout)
	if req.Deadline != deadline {
		t.Error("the pool changed the request's own deadline")
	}
}

func TestGoneCallerCancels(t *testing.T) {
	plugin := &fakePlugin{handle: gated(make(chan struct{}))}
	p := newPool(t, spec(func(s *config.Plugin) { s.Workers.Max = 1; s.Concurrency = 1 }), plugin)
	ctx, cancel := context.WithCancel(context.Background())
	running := p.call(ctx, request())
	eventually(t, "it runs", func() bool { return p.Info().Running == 1 })
	waiting := p.call(ctx, request())
	eventually(t, "the second waits", func() bool { return p.Info().High == 1 })
	cancel()
	want(t, running, core.ErrCanceled)
	want(t, waiting, core.ErrCanceled)
	if n := p.Info().Counters.Canceled; n != 2 {
		t.Errorf("counted %d canceled calls, want 2", n)
	}
}

func TestGivenUpCallKeepsItsPlace(t *testing.T) {
	plugin := &fakePlugin{handle: func(in *fakeInstance, _ context.Context, req *core.Request) (core.Body, error) {
		if req.Function == "slow" {
			return core.Body{}, <-in.interrupts
		}
		return core.Body{}, nil
	}}
	p := newPool(t, spec(func(s *config.Plugin) { s.Workers.Max = 1; s.Concurrency = 1 }), plugin)
	ctx, cancel := context.WithCancel(context.Background())
	slow := request()
	slow.Function = "slow"
	given := p.call(ctx, slow)
	eventually(t, "it runs", func() bool { return p.Info().Running == 1 })
	plugin.instance(0).lingering.Store(1)
	cancel()
	want(t, given, core.ErrCanceled)
	next := p.call(context.Background(), request())
	eventually(t, "the next call waits", func() bool { return p.Info().High == 1 })
	plugin.instance(0).lingering.Store(0)
	plugin.instance(0).notify()
	want(t, next, nil)
}

func TestTimedOutWorkerIsReplacedWhenTheOthersAreDone(t *testing.T) {
	slow := make(chan struct{})
	plugin := &fakePlugin{handle: func(in *fakeInstance, _ context.Context, req *core.Request) (core.Body, error) {
		if req.Function == "hang" {
			return core.Body{}, <-in.interrupts
		}
		<-slow
		return core.Body{}, nil
	}}
	p := newPool(t, spec(func(s *config.Plugin) { s.Workers.Max = 2; s.Concurrency = 2; s.Timeout = 0 }), plugin)
	other := p.call(context.Background(), request())
	eventually(t, "the other runs", func() bool { return p.Info().Running == 1 })
	hang := request()
	hang.Function, hang.Deadline = "hang", core.Now()+int64(20*time.Millisecond)
	want(t, p.call(context.Background(), hang), core.ErrTimeout)
	if s := p.Info().Instances[0].State; s != "retiring" {
		t.Errorf("the instance is %s, want retiring", s)
	}
	close(slow)
	want(t, other, nil)
	want(t, p.call(context.Background(), request()), nil)
	if n := plugin.count(); n != 2 {
		t.Errorf("%d instances were made, want 2", n)
	}
}

func TestRecyclesBetweenCalls(t *testing.T) {
	tests := map[string]func(*config.Plugin){
		"max_jobs":   func(s *config.Plugin) { s.MaxJobs = 1 },
		"max_age":    func(s *config.Plugin) { s.MaxAge = 10 * time.Millisecond },
		"max_memory": func(s *config.Plugin) { s.MaxMemory = 1000; s.Workers.Idle = 40 * time.Millisecond; s.Workers.Min = 1 },
		"idle":       func(s *config.Plugin) { s.Workers.Idle = 10 * time.Millisecond },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			plugin := &fakePlugin{}
			p := newPool(t, spec(func(s *config.Plugin) { s.Workers.Max = 1; change(s) }), plugin)
			want(t, p.call(context.Background(), request()), nil)
			plugin.instance(0).memory.Store(5000)
			eventually(t, "the instance was stopped", func() bool { return plugin.stopped.Load() == 1 })
			want(t, p.call(context.Background(), request()), nil)
			if n := plugin.count(); n < 2 {
				t.Errorf("%d instances were made, want 2", n)
			}
		})
	}
}

func TestNoRecyclingInMidCall(t *testing.T) {
	release := make(chan struct{})
	plugin := &fakePlugin{handle: gated(release)}
	p := newPool(t, spec(func(s *config.Plugin) { s.Workers.Max = 1; s.MaxAge = time.Millisecond }), plugin)
	call := p.call(context.Background(), request())
	eventually(t, "the instance is due", func() bool {
		i := p.Info()
		return len(i.Instances) == 1 && i.Instances[0].State == "retiring"
	})
	if plugin.live.Load() != 1 {
		t.Fatal("the instance was ended in mid-call")
	}
	close(release)
	want(t, call, nil)
	eventually(t, "it is stopped", func() bool { return plugin.stopped.Load() == 1 })
}

func TestDyingPluginIsHeldBack(t *testing.T) {
	crash := errors.New("syntax error in line 7")
	plugin := &fakePlugin{start: func(int) error { return crash }}
	p := newPool(t, spec(func(s *config.Plugin) { s.Restart.Burst = 2 }), plugin)
	for range 5 {
		err := want(t, p.call(context.Background(), request()), core.ErrUnavailable)
		if !errors.Is(err, crash) {
			t.Errorf("the error does not tell the reason: %v", err)
		}
	}
	if n := plugin.count(); n != 2 {
		t.Errorf("%d starts were tried, want 2", n)
	}
	if i := p.Info(); i.State != "down" || i.Reason == "" {
		t.Errorf("state %q, reason %q", i.State, i.Reason)
	}
}

func TestGateOpensAgain(t *testing.T) {
	g := gate{limit: config.Restart{Burst: 2, Within: time.Second}}
	now := time.Now()
	g.died(now, errors.New("x"))
	if !g.open(now) {
		t.Fatal("closed after one death")
	}
	g.died(now.Add(2*time.Second), errors.New("x"))
	if !g.open(now.Add(2 * time.Second)) {
		t.Fatal("deaths far apart closed the gate")
	}
	now = now.Add(2500 * time.Millisecond)
	g.died(now, errors.New("x"))
	if g.open(now) || !g.open(now.Add(firstBackOff)) {
		t.Fatal("the back-off is not what it should be")
	}
	g.died(now.Add(firstBackOff), errors.New("x"))
	if g.open(now.Add(2 * firstBackOff)) {
		t.Fatal("the back-off did not double")
	}
	g.served()
	if !g.open(now) || g.reason != nil {
		t.Fatal("a completed call did not open the gate")
	}
}

func TestDeathInMidCallIsNotRetried(t *testing.T) {
	plugin := &fakePlugin{}
	plugin.handle = func(in *fakeInstance, _ context.Context, _ *core.Request) (core.Body, error) {
		if in.number == 0 {
			return core.Body{}, core.NewError(core.KindBroken, "killed by signal 9")
		}
		return core.Body{}, nil
	}
	p := newPool(t, spec(nil), plugin)
	want(t, p.call(context.Background(), request()), core.ErrBroken)
	want(t, p.call(context.Background(), request()), nil)
	if n := plugin.count(); n != 2 {
		t.Errorf("%d instances, want 2", n)
	}
}

func TestUnsentCallGoesToAnother(t *testing.T) {
	plugin := &fakePlugin{}
	plugin.handle = func(in *fakeInstance, _ context.Context, _ *core.Request) (core.Body, error) {
		if in.number == 0 {
			return core.Body{}, core.Discard(ErrUnsent)
		}
		return core.Body{}, nil
	}
	p := newPool(t, spec(nil), plugin)
	want(t, p.call(context.Background(), request()), nil)
}

func TestIdleDeathIsNoticed(t *testing.T) {
	plugin := &fakePlugin{}
	p := newPool(t, spec(func(s *config.Plugin) { s.Workers.Min = 1 }), plugin)
	want(t, p.call(context.Background(), request()), nil)
	plugin.instance(0).die(errors.New("killed"))
	eventually(t, "it is replaced", func() bool { return plugin.count() == 2 && len(p.Info().Instances) == 1 })
	want(t, p.call(context.Background(), request()), nil)
}

func TestUnknownFunctionNeverWaits(t *testing.T) {
	release := make(chan struct{})
	plugin := &fakePlugin{functions: []string{"f"}, handle: gated(release)}
	p := newPool(t, spec(func(s *config.Plugin) { s.Workers.Max = 1; s.Concurrency = 1 }), plugin)
	other := request()
	other.Function = "g"
	want(t, p.call(context.Background(), other), core.ErrNoFunction)
	busy := p.call(context.Background(), request())
	eventually(t, "it is busy", func() bool { return p.Info().Running == 1 })
	want(t, p.call(context.Background(), other), core.ErrNoFunction)
	close(release)
	want(t, busy, nil)
}

func TestCircleOfNestedCallsIsRefused(t *testing.T) {
	var a, b *Pool
	nested := func(to **Pool) func(*fakeInstance, context.Context, *core.Request) (core.Body, error) {
		return func(in *fakeInstance, ctx context.Context, req *core.Request) (core.Body, error) {
			return in.host.Handle(ctx, core.Nested(req, "p", "m", "f", core.Body{}))
		}
	}
	one := spec(func(s *config.Plugin) { s.Workers.Max = 1; s.Concurrency = 1; s.Timeout = 0 })
	pa, pb := &fakePlugin{handle: nested(&b)}, &fakePlugin{handle: nested(&a)}
	a, b = newPool(t, one, pa), newPool(t, one, pb)
	a.host.(*poolHost).Host = nobody{b.Handle}
	b.host.(*poolHost).Host = nobody{a.Handle}
	err := want(t, a.call(context.Background(), request()), core.ErrOverloaded)
	if !strings.Contains(err.Error(), "circle") {
		t.Errorf("the error does not tell the cause: %v", err)
	}
}

func TestCloseLetsCallsFinish(t *testing.T) {
	release := make(chan struct{})
	plugin := &fakePlugin{handle: gated(release)}
	p := newPool(t, spec(func(s *config.Plugin) { s.Workers.Max = 1; s.Concurrency = 1 }), plugin)
	running, waiting := p.call(context.Background(), request()), p.call(context.Background(), request())
	eventually(t, "both are in", func() bool { i := p.Info(); return i.Running == 1 && i.High == 1 })
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		p.Close(context.Background())
	}()
	release <- struct{}{}
	release <- struct{}{}
	want(t, running, nil)
	want(t, waiting, nil)
	<-closed
	want(t, p.call(context.Background(), request()), core.ErrUnavailable)
}

func TestManyCallersManyDeaths(t *testing.T) {
	plugin := &fakePlugin{}
	plugin.handle = func(in *fakeInstance, _ context.Context, req *core.Request) (core.Body, error) {
		if req.Priority == core.Low {
			in.die(errors.New("killed"))
			return core.Body{}, core.ErrBroken
		}
		return core.Body{}, nil
	}
	p := newPool(t, spec(func(s *config.Plugin) { s.Workers.Max = 4; s.Concurrency = 2; s.Restart.Burst = 0 }), plugin)
	var wg sync.WaitGroup
	for g := range 16 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range 200 {
				req := request()
				if (g+i)%17 == 0 {
					req.Priority = core.Low
				}
				if _, err := p.Handle(context.Background(), req); err != nil && !errors.Is(err, core.ErrBroken) {
					t.Errorf("call failed: %v", err)
					return
				}
			}
		}()
	}
	wg.Wait()
	if i := p.Info(); i.Running != 0 || i.High != 0 || i.Low != 0 {
		t.Errorf("calls are left: %+v", i)
	}
}

func TestPassingThroughAllocatesNothing(t *testing.T) {
	p := newPool(t, spec(nil), &fakePlugin{functions: []string{"f"}})
	req := request()
	ctx := context.Background()
	if _, err := p.Handle(ctx, req); err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(1000, func() { p.Handle(ctx, req) }); n > 0 {
		t.Errorf("%v allocations a call, want 0", n)
	}
}

func BenchmarkHandle(b *testing.B) {
	p := newPool(b, spec(func(s *config.Plugin) { s.Concurrency = 1 << 20 }), &fakePlugin{functions: []string{"f"}})
	ctx := context.Background()
	req := request()
	for b.Loop() {
		p.Handle(ctx, req)
	}
}
