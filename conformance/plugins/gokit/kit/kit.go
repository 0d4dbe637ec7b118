// Package kit is the conformance plugin in Go: the same functions as in every
// other language, for native modules and for workers.
package kit

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/big"
	"os"
	"sync/atomic"
	"time"

	"github.com/fondaco/fondaco/codec/value"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/funcs"
)

// New returns the conformance plugin.
func New() *funcs.Module {
	var running atomic.Bool
	m := funcs.New()
	m.Start(func(context.Context) error {
		running.Store(true)
		return nil
	})
	m.Stop(func(context.Context) error {
		fmt.Println("kit stopped")
		return nil
	})
	m.Func("started", func() bool { return running.Load() })
	m.Func("echo", funcs.F1(func(_ context.Context, x any) (any, error) { return x, nil }))
	m.Func("add", funcs.F2(func(_ context.Context, a, b int64) (int64, error) { return a + b, nil }))
	m.Func("fail", func(message string) error { return errors.New(message) })
	m.Func("fib", fib).Pred("fib", func(n int) bool { return n < 20 })
	m.Func("noisy", noisy)
	m.Func("bad", func() any { return make(chan int) })
	m.Func("pid", os.Getpid)
	m.Func("die_hard", func() { os.Exit(7) })
	m.Func("leave", func() { os.Exit(0) })
	m.Func("types", types)
	m.Func("make", sample)
	calls(m)
	streams(m)
	return m
}

func fib(n int) int {
	if n < 2 {
		return n
	}
	return fib(n-1) + fib(n-2)
}

func noisy() int {
	fmt.Println("hello from stdout")
	fmt.Fprintln(os.Stderr, "hello from stderr")
	return 1
}

// calls registers what asks the host.
func calls(m *funcs.Module) {
	m.Func("config", func(ctx context.Context, key string) any {
		all, _ := funcs.Config(ctx).(map[string]any)
		return all[key]
	})
	m.Func("relay", func(ctx context.Context, module, function string, arg any) (result any, err error) {
		err = funcs.Call(ctx, &result, module, function, arg)
		return result, err
	})
	m.Func("tell", func(ctx context.Context, module, function string, arg any) error {
		return funcs.Cast(ctx, module, function, arg)
	})
	m.Func("note", func(ctx context.Context, text string) error { return funcs.Log(ctx, "info", text) })
	m.Func("nap", func(ctx context.Context, seconds float64) (string, error) {
		return "ok", funcs.Sleep(ctx, time.Duration(seconds*float64(time.Second)))
	})
}

// streams registers what streams in and out.
func streams(m *funcs.Module) {
	m.Func("total", func(ctx context.Context) (n int, err error) {
		for chunk, err := range funcs.Input(ctx) {
			if err != nil {
				return 0, err
			}
			n += len(chunk)
		}
		return n, nil
	})
	m.Func("count", func(ctx context.Context, n int) (int, error) {
		for i := range n {
			if err := funcs.Output(ctx, fmt.Appendf(nil, "chunk %d", i)); err != nil {
				return 0, err
			}
		}
		return n, nil
	})
	m.Func("each", func(n int) iter.Seq[string] {
		return func(yield func(string) bool) {
			for i := range n {
				if !yield(fmt.Sprintf("chunk %d", i)) {
					return
				}
			}
		}
	})
}

// types names the kind of value it got.
func types(x any) string {
	switch x.(type) {
	case nil:
		return "nil"
	case bool:
		return "bool"
	case int64, *big.Int:
		return "int"
	case float64:
		return "float"
	case string:
		return "text"
	case []byte:
		return "bytes"
	case value.Symbol:
		return "symbol"
	case []any:
		return "list"
	case value.Tuple:
		return "tuple"
	case map[string]any, map[any]any, value.Pairs:
		return "map"
	case time.Time:
		return "time"
	case value.Regex:
		return "regex"
	}
	return fmt.Sprintf("%T", x)
}

// sample returns a value of the kind.
func sample(kind string) any {
	return map[string]any{
		"nil": nil, "bool": true, "int": 42, "big": new(big.Int).Lsh(big.NewInt(1), 80), "float": 1.5, "text": "text",
		"bytes": []byte{0xff, 0}, "symbol": value.Symbol("ok"), "list": []any{1, []any{2}}, "tuple": value.Tuple{1, "a"},
		"map": map[string]any{"a": 1}, "time": time.Unix(1e9, 0).UTC(),
		"regex": value.Regex{Source: "a+b", Options: core.RegexCaseless},
	}[kind]
}
