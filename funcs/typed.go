package funcs

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/fondaco/fondaco/codec/cbor"
	"github.com/fondaco/fondaco/codec/value"
	"github.com/fondaco/fondaco/core"
)

var (
	contextType = reflect.TypeFor[context.Context]()
	errorType   = reflect.TypeFor[error]()
)

// compile turns a function of any form into its fast form. typed says that it
// wants a callContext.
func compile(fn any) (call Fast, typed bool, err error) {
	switch fn := fn.(type) {
	case Fast:
		if fn == nil {
			return nil, false, errors.New("nil is not a function")
		}
		return fn, false, nil
	case Typed:
		return fn.call, true, nil
	}
	p, err := analyse(fn)
	if err != nil {
		return nil, false, err
	}
	call = func(ctx context.Context, req *core.Request) (core.Body, error) {
		result, err := p.apply(ctx, req)
		if err != nil {
			return core.Body{}, err
		}
		if !result.IsValid() {
			return reply(ctx, req, nil)
		}
		return reply(ctx, req, result.Interface())
	}
	return call, true, nil
}

// plan is how a function is called by reflection.
type plan struct {
	fn       reflect.Value
	args     []reflect.Type // without the context; the last is the element's where variadic
	context  bool
	variadic bool
	result   reflect.Type // nil: none
	err      bool
}

func analyse(fn any) (*plan, error) {
	v := reflect.ValueOf(fn)
	if v.Kind() != reflect.Func || v.IsNil() {
		return nil, fmt.Errorf("a %T is not a function", fn)
	}
	t := v.Type()
	p := &plan{fn: v, variadic: t.IsVariadic()}
	for i := range t.NumIn() {
		arg := t.In(i)
		if i == 0 && arg == contextType {
			p.context = true
			continue
		}
		if p.variadic && i == t.NumIn()-1 {
			arg = arg.Elem()
		}
		if k := arg.Kind(); k == reflect.Func || k == reflect.Chan || k == reflect.UnsafePointer {
			return nil, fmt.Errorf("no value can become its argument of type %s", arg)
		}
		p.args = append(p.args, arg)
	}
	n := t.NumOut()
	if n > 0 && t.Out(n-1) == errorType {
		p.err = true
		n--
	}
	if n > 1 {
		return nil, fmt.Errorf("a function returns one result and perhaps an error, this is a %s", t)
	}
	if n == 1 {
		p.result = t.Out(0)
	}
	return p, nil
}

// apply decodes the arguments and calls the function. The result is the zero
// Value when the function has none.
func (p *plan) apply(ctx context.Context, req *core.Request) (reflect.Value, error) {
	in := make([]reflect.Value, 0, len(p.args)+1)
	if p.context {
		in = append(in, reflect.ValueOf(ctx))
	}
	in, err := p.decode(in, ctx, req)
	if err != nil {
		return reflect.Value{}, err
	}
	out := p.fn.Call(in)
	if p.err {
		if err, _ := out[len(out)-1].Interface().(error); err != nil {
			return reflect.Value{}, err
		}
	}
	if p.result == nil {
		return reflect.Value{}, nil
	}
	return out[0], nil
}

func (p *plan) decode(in []reflect.Value, ctx context.Context, req *core.Request) ([]reflect.Value, error) {
	args, err := open(ctx, req)
	if err != nil {
		return nil, err
	}
	defer args.close()
	fixed := len(p.args)
	if p.variadic {
		fixed--
	}
	for i := 0; i < fixed || p.variadic && args.more(); i++ {
		v := reflect.New(p.args[min(i, len(p.args)-1)])
		if err := args.next(v.Interface(), fixed); err != nil {
			return nil, err
		}
		in = append(in, v.Elem())
	}
	return in, args.end(fixed)
}

// arguments reads the arguments of a request one by one.
type arguments struct {
	req     *core.Request
	decoder *value.Decoder // nil: there are none
	given   int
}

func open(ctx context.Context, req *core.Request) (arguments, error) {
	a := arguments{req: req}
	if req.Args.IsZero() {
		return a, nil
	}
	var opts core.ReadOptions
	if c, ok := ctx.(*callContext); ok {
		opts.Binaries = c.instance.options.Binaries
	}
	a.decoder = value.NewDecoder(req.Args, opts)
	_, err := a.decoder.Begin()
	if err != nil {
		a.close()
	}
	return a, err
}

func (a *arguments) close() {
	if a.decoder != nil {
		a.decoder.Close()
		a.decoder = nil
	}
}

func (a *arguments) more() bool { return a.decoder != nil && a.decoder.More() }

// next decodes the next of wanted arguments into the variable at v.
func (a *arguments) next(v any, wanted int) error {
	if !a.more() {
		return a.missing(wanted)
	}
	a.given++
	if err := a.decoder.Decode(v); err != nil {
		return a.wrong(err)
	}
	return nil
}

// missing explains why there is no further argument.
func (a *arguments) missing(wanted int) error {
	if a.decoder != nil {
		if err := a.decoder.End(); err != nil {
			return err
		}
	}
	return a.arity(wanted)
}

// end fails when there are arguments left.
func (a *arguments) end(wanted int) error {
	if a.decoder == nil {
		return nil
	}
	if !a.more() {
		return a.decoder.End()
	}
	for a.more() {
		a.given++
		if err := a.decoder.Skip(); err != nil {
			return err
		}
	}
	return a.arity(wanted)
}

func (a *arguments) arity(wanted int) error {
	noun := "arguments"
	if wanted == 1 {
		noun = "argument"
	}
	return &core.Error{Kind: core.KindUser, Class: "ArgumentError",
		Message: fmt.Sprintf("%s.%s: %d %s wanted, %d given", a.req.Module, a.req.Function, wanted, noun, a.given)}
}

// wrong names the argument that err is about.
func (a *arguments) wrong(err error) error {
	e := core.AsError(err)
	if e.Kind != core.KindUser {
		return err
	}
	return &core.Error{Kind: core.KindUser, Class: e.Class, Err: e.Err,
		Message: fmt.Sprintf("%s.%s: argument %d: %s", a.req.Module, a.req.Function, a.given, e.Message)}
}

// reply encodes a result in the codec of the arguments.
func reply(ctx context.Context, req *core.Request, result any) (core.Body, error) {
	if body, ok := result.(core.Body); ok {
		return body, nil
	}
	result, err := drain(ctx, req, result)
	if err != nil {
		return core.Body{}, err
	}
	c := req.Args.Codec
	if c == nil {
		c = cbor.Codec
	}
	data, err := value.Append(req.Reply, c, result)
	if err != nil {
		e := core.AsError(err)
		return core.Body{}, &core.Error{Kind: core.KindUser, Class: e.Class, Err: e.Err,
			Message: fmt.Sprintf("result of %s.%s: %s", req.Module, req.Function, e.Message)}
	}
	return core.Body{Codec: c, Data: data[len(req.Reply):], Strict: true}, nil
}
