package lua

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	glua "github.com/yuin/gopher-lua"

	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/pool"
)

const (
	// maxIdleLanes bounds the lanes kept for reuse.
	maxIdleLanes = 64
	// closeLimit bounds how long Close waits for code that was stopped: the
	// engine looks for that between instructions only.
	closeLimit = 5 * time.Second
)

// instance is one Lua state. Code runs in it only with the turn, which a call
// gives away while it waits in the host.
type instance struct {
	spec    config.Plugin
	host    core.Host
	state   *glua.LState
	forms   forms
	exports exports
	brake   brake
	limit   time.Duration // of Close

	turn    sync.Mutex // guards the state, what is above, and up to calls
	in      reader
	out     writer
	codecs  []codec
	free    []*lane
	calls   int        // that have a lane
	ended   *sync.Cond // on turn: calls went down while closing
	closing atomic.Bool
	closed  bool

	mu    sync.Mutex // guards lanes
	lanes map[*lane]struct{}
}

var (
	_ pool.Instance    = (*instance)(nil)
	_ pool.Initer      = (*instance)(nil)
	_ pool.Lister      = (*instance)(nil)
	_ pool.Concurrent  = (*instance)(nil)
	_ pool.Stopper     = (*instance)(nil)
	_ core.Interrupter = (*instance)(nil)
)

func newInstance(spec config.Plugin, host core.Host) *instance {
	in := &instance{spec: spec, host: host, limit: closeLimit, state: newState(), lanes: map[*lane]struct{}{}}
	in.ended = sync.NewCond(&in.turn)
	in.forms = newForms(in.state)
	in.in = reader{state: in.state, forms: &in.forms}
	in.out = writer{forms: &in.forms}
	in.state.SetContext(&in.brake)
	first := &lane{state: in.state}
	in.lanes[first] = struct{}{}
	in.free = append(in.free, first)
	in.open()
	return in
}

// load runs the plugin's file and its start.
func (in *instance) load(ctx context.Context, proto *glua.FunctionProto) error {
	globals := in.state.G.Global
	before := map[string]bool{}
	globals.ForEach(func(key, _ glua.LValue) { before[key.String()] = true })
	result, err := in.hook(ctx, in.state.NewFunctionFromProto(proto))
	if err != nil {
		return err
	}
	if table, ok := result.(*glua.LTable); ok {
		in.exports = collect(inTable(table))
	} else {
		in.exports = collect(inGlobals(globals, before))
	}
	_, err = in.hook(ctx, in.exports.start)
	return err
}

// Init calls init.
func (in *instance) Init(ctx context.Context, _ core.Host) error {
	_, err := in.hook(ctx, in.exports.init)
	return err
}

// Stop calls stop.
func (in *instance) Stop(ctx context.Context) error {
	_, err := in.hook(ctx, in.exports.stop)
	return err
}

// hook calls fn, which may be nil, without a request; ctx bounds it.
func (in *instance) hook(ctx context.Context, fn *glua.LFunction) (glua.LValue, error) {
	if fn == nil {
		return glua.LNil, nil
	}
	l, err := in.begin(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer in.end(l)
	watch := context.AfterFunc(ctx, func() { l.halt(nil, context.Cause(ctx)) })
	defer watch()
	result, err := in.apply(l, fn, "")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", placeOf(err, in.spec.File), err)
	}
	return result, nil
}

// Functions returns the names of the public functions.
func (in *instance) Functions() ([]string, bool) { return in.exports.names, true }

// Concurrency returns 1: one call at a time computes in a state.
func (in *instance) Concurrency() int { return 1 }

// Handle calls a function of the plugin. The result has the codec of the
// arguments.
func (in *instance) Handle(ctx context.Context, req *core.Request) (core.Body, error) {
	fn, ok := in.exports.functions[req.Function]
	if !ok {
		return core.Body{}, noFunction(req, "no such function")
	}
	l, err := in.begin(ctx, req)
	if err != nil {
		return core.Body{}, err
	}
	defer in.end(l)
	if err := in.read(l, req.Args); err != nil {
		return core.Body{}, err
	}
	if req.Guard && fn.guard != nil {
		verdict, err := in.apply(l, fn.guard, req.Function+"_pred")
		if err != nil {
			return core.Body{}, err
		}
		if glua.LVIsFalse(verdict) {
			return core.Body{}, noFunction(req, "declined by its predicate")
		}
	}
	result, err := in.apply(l, fn.call, req.Function)
	if err != nil {
		return core.Body{}, err
	}
	if generator, ok := result.(*glua.LFunction); ok {
		if result, err = in.drain(l, generator); err != nil {
			return core.Body{}, err
		}
	}
	if cause := l.cause(); cause != nil {
		return core.Body{}, cause
	}
	return in.reply(req, result)
}

func noFunction(req *core.Request, why string) error {
	return core.NewError(core.KindNoFunction, req.Module+"."+req.Function+": "+why)
}

// begin takes the turn and a lane. req is nil for hooks.
func (in *instance) begin(ctx context.Context, req *core.Request) (*lane, error) {
	if !in.turn.TryLock() {
		in.turn.Lock()
		if req != nil && req.Deadline != 0 && core.Now() > req.Deadline {
			in.turn.Unlock()
			return nil, core.NewError(core.KindTimeout, "the deadline passed while other calls had the Lua state")
		}
	}
	if in.closing.Load() {
		in.turn.Unlock()
		return nil, errClosed
	}
	l := in.take()
	in.calls++
	l.begin(ctx, req)
	if in.closing.Load() {
		l.halt(nil, errClosed)
	}
	in.resume(l)
	return l, nil
}

// take returns a free lane. The caller has the turn.
func (in *instance) take() *lane {
	if n := len(in.free); n > 0 {
		l := in.free[n-1]
		in.free = in.free[:n-1]
		return l
	}
	thread, _ := in.state.NewThread()
	thread.SetContext(&in.brake)
	l := &lane{state: thread}
	in.mu.Lock()
	in.lanes[l] = struct{}{}
	in.mu.Unlock()
	return l
}

// resume makes l the lane that runs. The caller has the turn.
func (in *instance) resume(l *lane) {
	in.brake.lane = l
	in.state.G.CurrentThread = l.state
}

// end gives the lane and the turn back.
func (in *instance) end(l *lane) {
	l.end()
	if len(in.free) < maxIdleLanes || l.state == in.state {
		in.free = append(in.free, l)
	} else {
		in.mu.Lock()
		delete(in.lanes, l)
		in.mu.Unlock()
	}
	in.calls--
	in.brake.lane = nil
	if in.closing.Load() {
		in.ended.Broadcast()
	}
	in.turn.Unlock()
}

// Interrupt stops req when it runs here.
func (in *instance) Interrupt(req *core.Request, cause error) {
	if req != nil {
		in.halt(req, cause)
	}
}

// halt stops req, or every call when req is nil.
func (in *instance) halt(req *core.Request, cause error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for l := range in.lanes {
		l.halt(req, cause)
	}
}

// Close stops what runs, waits for its end and frees the state. What does not
// end in time keeps the state, which is freed when it does; then Close returns
// an error.
func (in *instance) Close() error {
	in.closing.Store(true)
	in.halt(nil, errClosed)
	freed := make(chan struct{})
	go func() {
		defer close(freed)
		in.release()
	}()
	late := time.NewTimer(in.limit)
	defer late.Stop()
	select {
	case <-freed:
		return nil
	case <-late.C:
		return fmt.Errorf("module %s, plugin %s: a call did not end within %v after it was stopped: its Lua state is given up",
			in.spec.Module, in.spec.File, in.limit)
	}
}

// release frees the state after the last call.
func (in *instance) release() {
	in.turn.Lock()
	defer in.turn.Unlock()
	for in.calls > 0 {
		in.ended.Wait()
	}
	if !in.closed {
		in.closed = true
		in.state.Close()
	}
}

var errClosed = core.NewError(core.KindBroken, "the Lua state was closed")

// apply calls fn with the arguments of the lane and returns its first result.
// name is what a backtrace calls it, if it has a name.
func (in *instance) apply(l *lane, fn *glua.LFunction, name string) (glua.LValue, error) {
	l.state.Push(fn)
	for _, arg := range l.args {
		l.state.Push(arg)
	}
	if err := l.state.PCall(len(l.args), 1, nil); err != nil {
		in.resume(l)
		if cause := l.cause(); cause != nil {
			return nil, cause
		}
		return nil, userError(err, in.spec.File, name)
	}
	result := l.state.Get(-1)
	l.state.Pop(1)
	return result, nil
}
