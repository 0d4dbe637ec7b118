package funcs

import (
	"context"

	"github.com/fondaco/fondaco/core"
)

// Typed is a function whose arguments are decoded without reflection: what F0,
// F1, F2 and F3 make.
type Typed struct{ call Fast }

// F0 makes a function ready for Func without arguments.
func F0[R any](fn func(ctx context.Context) (R, error)) Typed {
	return Typed{func(ctx context.Context, req *core.Request) (core.Body, error) {
		args, err := open(ctx, req)
		if err == nil {
			err = args.end(0)
			args.close()
		}
		if err != nil {
			return core.Body{}, err
		}
		r, err := fn(ctx)
		return answer(ctx, req, r, err)
	}}
}

// F1 makes a function ready for Func with one argument.
func F1[A, R any](fn func(ctx context.Context, a A) (R, error)) Typed {
	return Typed{func(ctx context.Context, req *core.Request) (core.Body, error) {
		var in struct{ a A }
		if err := fill(ctx, req, &in.a); err != nil {
			return core.Body{}, err
		}
		r, err := fn(ctx, in.a)
		return answer(ctx, req, r, err)
	}}
}

// F2 makes a function ready for Func with two arguments.
func F2[A, B, R any](fn func(ctx context.Context, a A, b B) (R, error)) Typed {
	return Typed{func(ctx context.Context, req *core.Request) (core.Body, error) {
		var in struct {
			a A
			b B
		}
		if err := fill(ctx, req, &in.a, &in.b); err != nil {
			return core.Body{}, err
		}
		r, err := fn(ctx, in.a, in.b)
		return answer(ctx, req, r, err)
	}}
}

// F3 makes a function ready for Func with three arguments.
func F3[A, B, C, R any](fn func(ctx context.Context, a A, b B, c C) (R, error)) Typed {
	return Typed{func(ctx context.Context, req *core.Request) (core.Body, error) {
		var in struct {
			a A
			b B
			c C
		}
		if err := fill(ctx, req, &in.a, &in.b, &in.c); err != nil {
			return core.Body{}, err
		}
		r, err := fn(ctx, in.a, in.b, in.c)
		return answer(ctx, req, r, err)
	}}
}

// fill decodes exactly len(vars) arguments.
func fill(ctx context.Context, req *core.Request, vars ...any) error {
	args, err := open(ctx, req)
	if err != nil {
		return err
	}
	defer args.close()
	for _, v := range vars {
		if err := args.next(v, len(vars)); err != nil {
			return err
		}
	}
	return args.end(len(vars))
}

func answer(ctx context.Context, req *core.Request, result any, err error) (core.Body, error) {
	if err != nil {
		return core.Body{}, err
	}
	return reply(ctx, req, result)
}
