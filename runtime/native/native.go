// Package native is the runtime for plugins that are Go functions linked into
// the server. A call costs a table look-up; a function in the fast form gets
// the request as it came, and nothing is allocated for it.
//
//	m := native.New()
//	m.Func("add", func(a, b int64) int64 { return a + b })
//	m.Func("fib", fib).Pred("fib", func(n int64) bool { return n < 90 })
//
// Package funcs describes the forms of functions and what they can ask of
// their context.
package native

import (
	"context"
	"fmt"

	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/funcs"
	"github.com/fondaco/fondaco/pool"
)

// concurrency is as good as no limit: one instance serves all calls.
const concurrency = 1 << 20

// Module is a set of Go functions: what the field Native of a plugin's
// configuration holds.
type Module = funcs.Module

// New returns an empty module.
func New() *Module { return funcs.New() }

// Runtime loads modules of Go functions. The zero value is ready; it is safe
// for concurrent use.
type Runtime struct{}

var _ pool.Runtime = Runtime{}

// Load takes spec.Native, a *Module. It fails when a function was registered
// wrongly.
func (Runtime) Load(_ context.Context, spec config.Plugin) (pool.Plugin, error) {
	m, ok := spec.Native.(*Module)
	if !ok || m == nil {
		return nil, fmt.Errorf("module %s: Native is a %T, not a *native.Module", spec.Module, spec.Native)
	}
	if err := m.Err(); err != nil {
		return nil, fmt.Errorf("module %s: %w", spec.Module, err)
	}
	return &plugin{spec: spec, module: m}, nil
}

type plugin struct {
	spec   config.Plugin
	module *Module
}

// New binds the functions to host, and runs the module's start.
func (p *plugin) New(ctx context.Context, host core.Host) (pool.Instance, error) {
	in := &instance{
		Instance: p.module.Instance(host, funcs.Options{Plugin: p.spec.Module, Config: p.spec.Config, Binaries: p.spec.Binaries}),
		names:    p.module.Functions(),
	}
	if err := in.Start(ctx); err != nil {
		return nil, fmt.Errorf("module %s: start: %w", p.spec.Module, err)
	}
	return in, nil
}

// Close frees nothing: the functions are part of the program.
func (p *plugin) Close() error { return nil }

// instance is an instance as the pool wants it.
type instance struct {
	*funcs.Instance
	names []string
}

var (
	_ pool.Initer      = (*instance)(nil)
	_ pool.Lister      = (*instance)(nil)
	_ pool.Concurrent  = (*instance)(nil)
	_ pool.Stopper     = (*instance)(nil)
	_ core.Interrupter = (*instance)(nil)
)

// Init runs the module's init.
func (in *instance) Init(ctx context.Context, _ core.Host) error { return in.Instance.Init(ctx) }

// Functions returns the names of the functions.
func (in *instance) Functions() ([]string, bool) { return in.names, true }

// Concurrency returns a number so high that one instance is enough.
func (in *instance) Concurrency() int { return concurrency }
