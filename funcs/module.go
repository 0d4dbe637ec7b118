package funcs

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/fondaco/fondaco/core"
)

// Fast is a function in its fast form. It keeps the rules of core.Handler.
type Fast = func(ctx context.Context, req *core.Request) (core.Body, error)

// Guard is a predicate in its fast form.
type Guard = func(ctx context.Context, req *core.Request) (bool, error)

// Module is a set of functions under their names. It is filled by one
// goroutine before it is used; what was registered wrongly is told by Err. The
// zero Module is not usable: use New.
type Module struct {
	functions   map[string]function
	guards      map[string]predicate
	init        func(ctx context.Context) error
	start, stop func(ctx context.Context) error
	errs        []error
}

// function is a registered function: exactly one of call and bind is set.
type function struct {
	call  Fast
	bind  func(host core.Host) Fast
	typed bool // it wants a callContext
}

type predicate struct {
	ask   Guard
	typed bool
}

// New returns an empty module.
func New() *Module {
	return &Module{functions: map[string]function{}, guards: map[string]predicate{}}
}

// Func registers fn under name. The package comment lists the forms of fn.
func (m *Module) Func(name string, fn any) *Module {
	call, typed, err := compile(fn)
	if err != nil {
		return m.fail(name, err)
	}
	return m.add(name, function{call: call, typed: typed})
}

// Bind registers a function in the fast form that needs the host: for every
// instance, make is called once with the instance's host.
func (m *Module) Bind(name string, make func(host core.Host) Fast) *Module {
	if make == nil {
		return m.fail(name, errors.New("nil is not a function"))
	}
	return m.add(name, function{bind: make})
}

func (m *Module) add(name string, f function) *Module {
	if name == "" || strings.HasPrefix(name, "_") {
		return m.fail(name, errors.New("a name must not be empty or begin with _"))
	}
	if _, taken := m.functions[name]; taken {
		return m.fail(name, errors.New("registered twice"))
	}
	m.functions[name] = f
	return m
}

// Pred registers the predicate of the function name: a Guard, or a function
// as for Func with the same arguments whose result is a bool.
func (m *Module) Pred(name string, fn any) *Module {
	p, err := compileGuard(fn)
	if err != nil {
		return m.fail(name+"_pred", err)
	}
	m.guards[name] = p
	return m
}

// Init registers a function that the first instance runs before it serves, once
// per load. In a worker, it runs before start.
func (m *Module) Init(fn func(ctx context.Context) error) *Module {
	m.init = fn
	return m
}

// Start registers a function that every instance runs before it serves.
func (m *Module) Start(fn func(ctx context.Context) error) *Module {
	m.start = fn
	return m
}

// Stop registers a function that every instance runs after its last call.
func (m *Module) Stop(fn func(ctx context.Context) error) *Module {
	m.stop = fn
	return m
}

func (m *Module) fail(name string, err error) *Module {
	m.errs = append(m.errs, fmt.Errorf("function %q: %w", name, err))
	return m
}

// Err tells what was registered wrongly, or nil.
func (m *Module) Err() error {
	errs := slices.Clone(m.errs)
	for name := range m.guards {
		if _, ok := m.functions[name]; !ok {
			errs = append(errs, fmt.Errorf("function %q: it has a predicate, but is not registered", name))
		}
	}
	return errors.Join(errs...)
}

// Functions returns the names of the functions, sorted.
func (m *Module) Functions() []string { return sorted(m.functions) }

// Guards returns the names of the functions that have a predicate, sorted.
func (m *Module) Guards() []string { return sorted(m.guards) }

func sorted[V any](m map[string]V) []string {
	return slices.AppendSeq(make([]string, 0, len(m)), slices.Values(slices.Sorted(maps.Keys(m))))
}

// compileGuard turns fn into a predicate.
func compileGuard(fn any) (predicate, error) {
	if guard, ok := fn.(Guard); ok {
		if guard == nil {
			return predicate{}, errors.New("nil is not a function")
		}
		return predicate{ask: guard}, nil
	}
	p, err := analyse(fn)
	if err != nil {
		return predicate{}, err
	}
	if p.result == nil || p.result.Kind() != reflect.Bool {
		return predicate{}, fmt.Errorf("a predicate returns a bool, this is a %T", fn)
	}
	ask := func(ctx context.Context, req *core.Request) (bool, error) {
		result, err := p.apply(ctx, req)
		if err != nil {
			return false, err
		}
		return result.Bool(), nil
	}
	return predicate{ask: ask, typed: true}, nil
}
