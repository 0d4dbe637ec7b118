package plugin

import (
	"context"
	"iter"
	"time"

	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/funcs"
)

// Module is a set of Go functions under their names.
type Module = funcs.Module

// Fast is a function that gets the request as it came. It keeps the rules of
// core.Handler.
type Fast = funcs.Fast

// New returns an empty module.
func New() *Module { return funcs.New() }

// F0 makes a function without arguments ready for Func, without reflection.
func F0[R any](fn func(ctx context.Context) (R, error)) funcs.Typed { return funcs.F0(fn) }

// F1 does what F0 does for a function with one argument.
func F1[A, R any](fn func(ctx context.Context, a A) (R, error)) funcs.Typed { return funcs.F1(fn) }

// F2 does what F0 does for a function with two arguments.
func F2[A, B, R any](fn func(ctx context.Context, a A, b B) (R, error)) funcs.Typed {
	return funcs.F2(fn)
}

// F3 does what F0 does for a function with three arguments.
func F3[A, B, C, R any](fn func(ctx context.Context, a A, b B, c C) (R, error)) funcs.Typed {
	return funcs.F3(fn)
}

// Call calls another module's function and decodes the result into the
// variable that result points to; nil drops it. Its errors are core.Errors.
func Call(ctx context.Context, result any, module, function string, args ...any) error {
	return funcs.Call(ctx, result, module, function, args...)
}

// Cast calls another module's function without waiting for it.
func Cast(ctx context.Context, module, function string, args ...any) error {
	return funcs.Cast(ctx, module, function, args...)
}

// Log writes a line to the server's log; level is debug, info, warn or error.
func Log(ctx context.Context, level, text string) error { return funcs.Log(ctx, level, text) }

// Config returns what the configuration gives the plugin under config: nil,
// bool, int64, float64, string, []any or map[string]any.
func Config(ctx context.Context) any { return funcs.Config(ctx) }

// Sleep waits, and fails when ctx ends first.
func Sleep(ctx context.Context, d time.Duration) error { return funcs.Sleep(ctx, d) }

// Input iterates over the chunks that the caller streams in.
func Input(ctx context.Context) iter.Seq2[[]byte, error] { return funcs.Input(ctx) }

// Output sends data out to the caller. It fails when the caller takes no
// stream.
func Output(ctx context.Context, data []byte) error { return funcs.Output(ctx, data) }

// RequestFrom returns the request that ctx belongs to, or nil. It must not be
// kept after the function returned.
func RequestFrom(ctx context.Context) *core.Request { return funcs.RequestFrom(ctx) }
