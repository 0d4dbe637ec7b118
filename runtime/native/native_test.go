package native_test

import (
	"context"
	"testing"

	"github.com/fondaco/fondaco/codec/cbor"
	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/pool"
	"github.com/fondaco/fondaco/runtime/native"
)

func echo(_ context.Context, req *core.Request) (core.Body, error) { return req.Args, nil }

func instance(t testing.TB, m *native.Module) pool.Instance {
	p, err := native.Runtime{}.Load(t.Context(), config.Plugin{Module: "m", Native: m})
	if err != nil {
		t.Fatal(err)
	}
	in, err := p.New(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func TestFastFunctionsAllocateNothing(t *testing.T) {
	in := instance(t, native.New().Func("echo", echo).Pred("echo", native.Guard(func(context.Context, *core.Request) (bool, error) { return true, nil })))
	req := &core.Request{Module: "m", Function: "echo", Guard: true, Args: core.Body{Codec: cbor.Codec, Data: []byte{0x81, 1}}}
	ctx := t.Context()
	n := testing.AllocsPerRun(1000, func() {
		if body, err := in.Handle(ctx, req); err != nil || len(body.Data) != 2 {
			t.Fatal(body, err)
		}
	})
	if n != 0 {
		t.Errorf("a call of a fast function allocates %v times", n)
	}
}

func TestLoadRefuses(t *testing.T) {
	for name, m := range map[string]any{
		"no module":               nil,
		"a nil module":            (*native.Module)(nil),
		"something else":          map[string]any{},
		"what is no function":     native.New().Func("f", 1),
		"a private name":          native.New().Func("_f", echo),
		"a name taken twice":      native.New().Func("f", echo).Func("f", echo),
		"too many results":        native.New().Func("f", func() (int, int) { return 1, 2 }),
		"a lonely predicate":      native.New().Pred("f", func() bool { return true }),
		"a predicate not of bool": native.New().Func("f", echo).Pred("f", func() int { return 1 }),
		"a channel as argument":   native.New().Func("f", func(chan int) {}),
	} {
		if _, err := (native.Runtime{}).Load(t.Context(), config.Plugin{Module: "m", Native: m}); err == nil {
			t.Errorf("Load takes %s", name)
		}
	}
}

func BenchmarkCall(b *testing.B) {
	args := core.Body{Codec: cbor.Codec, Data: []byte{0x82, 1, 2}}
	for _, bench := range []struct {
		name string
		fn   any
	}{
		{"fast", echo},
		{"generic", native.F2(func(_ context.Context, a, b int64) (int64, error) { return a + b, nil })},
		{"reflect", func(a, b int64) int64 { return a + b }},
	} {
		b.Run(bench.name, func(b *testing.B) {
			in := instance(b, native.New().Func("f", bench.fn))
			req := &core.Request{Module: "m", Function: "f", Args: args, Reply: make([]byte, 0, 64)}
			ctx := b.Context()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := in.Handle(ctx, req); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
