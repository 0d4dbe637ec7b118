package native

import (
	"context"

	"github.com/fondaco/fondaco/funcs"
)

// Fast is a function that gets the request as it came. It keeps the rules of
// core.Handler.
type Fast = funcs.Fast

// Guard is a predicate that gets the request as it came.
type Guard = funcs.Guard

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
