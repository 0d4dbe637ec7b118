// Package runtimetest is the conformance kit for runtimes: it holds a
// pool.Runtime against the contract of package pool, with the plugin kit of
// conformance/plugins in one of the runtime's languages.
//
//	func TestConformance(t *testing.T) {
//		spec := config.DefaultPlugin()
//		spec.Module, spec.File, spec.Config = "kit", "testdata/kit.xyz", runtimetest.Config()
//		runtimetest.Run(t, xyz.Runtime{}, spec, runtimetest.Features{})
//	}
package runtimetest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/fondaco/fondaco/codec/cbor"
	"github.com/fondaco/fondaco/codec/value"
	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/pool"
)

// Features tell where a runtime or its language cannot do what others can.
type Features struct {
	// OneNumber: integral floats and ints are the same.
	OneNumber bool
	// OneString: bytes that are valid UTF-8 and text are the same.
	OneString bool
	// Spins: the plugin has a function spin() that never returns, and the
	// runtime can stop it.
	Spins bool
	// Inexact names vectors whose values the language cannot hold as they are,
	// such as maps with keys that are no texts.
	Inexact []string
	// Without names functions of the plugin kit that this one leaves out. What
	// needs one of them is skipped.
	Without []string
}

// Config is what the spec's Config must be.
func Config() any { return map[string]any{"key": "value", "list": []any{int64(1), 2.5, nil, true}} }

// patience is how long the kit waits for what must happen.
const patience = 20 * time.Second

// Run tests runtime with the plugin that spec describes; the module's name
// must be kit. Each property is a subtest with an instance of its own.
func Run(t *testing.T, runtime pool.Runtime, spec config.Plugin, features Features) {
	for _, p := range slices.Concat(basics, failures, hosts, lives, streams) {
		t.Run(p.name, func(t *testing.T) {
			for _, f := range p.needs {
				if slices.Contains(features.Without, f) {
					t.Skipf("the plugin has no function %s in this language", f)
				}
			}
			p.test(&kit{T: t, runtime: runtime, spec: spec, features: features})
		})
	}
}

// property is one thing that all runtimes do, and the functions of the plugin
// it takes to show it.
type property struct {
	name  string
	needs []string
	test  func(k *kit)
}

// kit is what a property is tested with.
type kit struct {
	*testing.T
	runtime  pool.Runtime
	spec     config.Plugin
	features Features
}

// load returns the loaded plugin.
func (k *kit) load() pool.Plugin {
	k.Helper()
	p, err := k.runtime.Load(k.Context(), k.spec)
	if err != nil {
		k.Fatalf("Load: %v", err)
	}
	k.Cleanup(func() {
		if err := p.Close(); err != nil {
			k.Errorf("Close of the plugin: %v", err)
		}
	})
	return p
}

// start returns an instance, which is closed at the end.
func (k *kit) start(h core.Host) pool.Instance {
	k.Helper()
	return k.instance(k.load(), h)
}

func (k *kit) instance(p pool.Plugin, h core.Host) pool.Instance {
	k.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	in, err := p.New(ctx, h)
	if err != nil {
		k.Fatalf("New: %v", err)
	}
	k.Cleanup(func() {
		if err := in.Close(); err != nil {
			k.Errorf("Close of the instance: %v", err)
		}
	})
	return in
}

// request returns a call of the kit's function with arguments in CBOR.
func (k *kit) request(function string, args ...any) *core.Request {
	k.Helper()
	if args == nil {
		args = []any{}
	}
	body, err := value.Marshal(cbor.Codec, args)
	if err != nil {
		k.Fatal(err)
	}
	return &core.Request{Module: "kit", Function: function, Args: body, Caller: &core.Caller{}}
}

// call calls a function and returns its result as a Go value.
func (k *kit) call(in pool.Instance, function string, args ...any) (any, error) {
	k.Helper()
	return k.handle(in, k.request(function, args...))
}

func (k *kit) handle(in pool.Instance, req *core.Request) (any, error) {
	k.Helper()
	type outcome struct {
		body core.Body
		err  error
	}
	done := make(chan outcome, 1)
	go func() {
		body, err := in.Handle(context.Background(), req)
		done <- outcome{body, err}
	}()
	select {
	case o := <-done:
		if o.err != nil || o.body.IsZero() {
			return nil, o.err
		}
		var result any
		if err := value.Unmarshal(o.body, &result); err != nil {
			k.Fatalf("result of %s: %v", req.Function, err)
		}
		return result, nil
	case <-time.After(patience):
		k.Fatalf("%s does not return", req.Function)
		return nil, nil
	}
}

// expect fails the test unless the function returns want.
func (k *kit) expect(in pool.Instance, want any, function string, args ...any) {
	k.Helper()
	k.expectRequest(in, want, k.request(function, args...))
}

func (k *kit) expectRequest(in pool.Instance, want any, req *core.Request) {
	k.Helper()
	got, err := k.handle(in, req)
	if err != nil {
		k.Fatalf("%s: %v", req.Function, err)
	}
	if k.show(got) != k.show(want) {
		k.Fatalf("%s returns %.500s, want %.500s", req.Function, k.show(got), k.show(want))
	}
}

// fails fails the test unless the function fails with an error of want's kind,
// and returns the error.
func (k *kit) fails(in pool.Instance, want error, req *core.Request) *core.Error {
	k.Helper()
	got, err := k.handle(in, req)
	if err == nil {
		k.Fatalf("%s returns %.500s, want an error: %v", req.Function, k.show(got), want)
	}
	return k.is(req.Function, err, want)
}

func (k *kit) is(function string, err, want error) *core.Error {
	k.Helper()
	e := core.AsError(err)
	if w := core.AsError(want); e.Kind != w.Kind {
		k.Fatalf("%s fails with %v, want kind %v", function, err, w.Kind)
	}
	return e
}
