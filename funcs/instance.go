package funcs

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/fondaco/fondaco/core"
)

// Options are what an instance is told by its configuration.
type Options struct {
	Plugin   string // the name by which nested calls are made
	Config   any    // what Config returns to functions
	Binaries bool   // BERT binaries stay bytes
}

// Instance is a module bound to a host. It serves any number of calls at a
// time.
type Instance struct {
	module    *Module
	host      core.Host
	options   Options
	functions map[string]bound
	closed    atomic.Bool

	mu      sync.Mutex
	watched map[*core.Request]*callContext // those whose Done was asked for
}

// bound is a function of an instance with its predicate, which may be nil.
type bound struct {
	call         Fast
	guard        Guard
	typed, asked bool // call and guard want a callContext
}

// Instance binds m to host. It does not run init and start.
func (m *Module) Instance(host core.Host, options Options) *Instance {
	in := &Instance{module: m, host: host, options: options,
		functions: make(map[string]bound, len(m.functions)), watched: map[*core.Request]*callContext{}}
	for name, f := range m.functions {
		b := bound{call: f.call, typed: f.typed, guard: m.guards[name].ask, asked: m.guards[name].typed}
		if f.bind != nil {
			b.call = f.bind(host)
		}
		in.functions[name] = b
	}
	return in
}

// Init runs the module's init.
func (in *Instance) Init(ctx context.Context) error { return in.hook(ctx, in.module.init) }

// Start runs the module's start.
func (in *Instance) Start(ctx context.Context) error { return in.hook(ctx, in.module.start) }

// Stop runs the module's stop.
func (in *Instance) Stop(ctx context.Context) error { return in.hook(ctx, in.module.stop) }

func (in *Instance) hook(ctx context.Context, fn func(context.Context) error) (err error) {
	if fn == nil {
		return nil
	}
	defer contain(&err)
	c := &callContext{Context: ctx, instance: in}
	defer c.end()
	return fn(c)
}

// Handle answers a request. It fails with core.ErrNoFunction when the module
// has not the function or its predicate says no, with core.ErrBroken after
// Close, with the cause when the request was interrupted, and with a user
// error in every other case.
func (in *Instance) Handle(ctx context.Context, req *core.Request) (body core.Body, err error) {
	f, ok := in.functions[req.Function]
	if !ok {
		return core.Body{}, core.NewError(core.KindNoFunction, req.Module+"."+req.Function+": no such function")
	}
	if in.closed.Load() {
		return core.Body{}, errClosed
	}
	if f.typed || req.Guard && f.asked {
		return in.handleTyped(ctx, req, f)
	}
	defer contain(&err)
	if req.Guard && f.guard != nil {
		if err := ask(ctx, req, f.guard); err != nil {
			return core.Body{}, err
		}
	}
	body, err = f.call(ctx, req)
	if err != nil {
		return core.Body{}, userError(err)
	}
	return body, nil
}

// handleTyped is Handle for functions that want a callContext.
func (in *Instance) handleTyped(ctx context.Context, req *core.Request, f bound) (body core.Body, err error) {
	c := &callContext{Context: ctx, instance: in, req: req}
	defer c.end()
	defer contain(&err)
	if req.Guard && f.guard != nil {
		if err := ask(c, req, f.guard); err != nil {
			return core.Body{}, err
		}
	}
	body, err = f.call(c, req)
	if err == nil {
		return body, nil
	}
	if cause := c.cause(); cause != nil {
		return core.Body{}, cause
	}
	return core.Body{}, userError(err)
}

// ask asks a predicate.
func ask(ctx context.Context, req *core.Request, guard Guard) error {
	yes, err := guard(ctx, req)
	if err != nil {
		return userError(err)
	}
	if !yes {
		return core.NewError(core.KindNoFunction, req.Module+"."+req.Function+": declined by its predicate")
	}
	return nil
}

// Interrupt ends the context of req's function. A function that does not look
// at its context, or has the fast form, goes on: Go has no way to stop it.
func (in *Instance) Interrupt(req *core.Request, cause error) {
	in.mu.Lock()
	c := in.watched[req]
	in.mu.Unlock()
	if c != nil {
		c.cancel(cause)
	}
}

// Close ends the contexts of all calls that run, and refuses further ones.
func (in *Instance) Close() error {
	in.closed.Store(true)
	in.mu.Lock()
	running := make([]*callContext, 0, len(in.watched))
	for _, c := range in.watched {
		running = append(running, c)
	}
	in.mu.Unlock()
	for _, c := range running {
		c.cancel(errClosed)
	}
	return nil
}

// watch makes c known to Interrupt and Close.
func (in *Instance) watch(c *callContext) {
	if c.req == nil {
		return
	}
	in.mu.Lock()
	in.watched[c.req] = c
	in.mu.Unlock()
}

func (in *Instance) forget(c *callContext) {
	in.mu.Lock()
	delete(in.watched, c.req)
	in.mu.Unlock()
}

var errClosed = core.NewError(core.KindBroken, "the instance was closed")
