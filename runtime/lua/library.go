package lua

import (
	"context"
	"errors"
	"io"
	"math"
	"time"

	glua "github.com/yuin/gopher-lua"

	"github.com/fondaco/fondaco/core"
)

// The words of fondaco.log.
var levels = [...]string{"debug", "info", "warn", "error"}

// maxGenerated bounds the list that a returned function's values become.
const maxGenerated = maxElements

// library makes the table fondaco.
func (in *instance) library() *glua.LTable {
	l := in.state
	t := l.NewTable()
	for name, fn := range map[string]glua.LGFunction{
		"call": in.libCall, "cast": in.libCast, "log": in.libLog, "sleep": in.libSleep,
		"input": in.libInput, "output": in.libOutput,
		"symbol": in.libSymbol, "tuple": in.libTuple, "time": in.libTime, "regex": in.libRegex,
		"bytes": in.libBytes, "list": in.libList, "map": in.libMap, "integer": in.libInteger,
		"type": in.libType,
	} {
		t.RawSetString(name, l.NewFunction(fn))
	}
	t.RawSetString("null", in.forms.null)
	t.RawSetString("config", in.config(in.spec.Config))
	return t
}

// outside runs f without the turn, so that other calls can use the state, and
// takes the turn back. f's context ends when the call is stopped.
func (in *instance) outside(f func(ctx context.Context) error) error {
	l, current := in.brake.lane, in.state.G.CurrentThread
	ctx, done := l.waiting()
	in.brake.lane = nil
	in.turn.Unlock()
	defer func() {
		done()
		in.turn.Lock()
		in.brake.lane = l
		in.state.G.CurrentThread = current
	}()
	return f(ctx)
}

// nested makes the request that a script asks for: module, function and the
// arguments lie on its stack.
func (in *instance) nested(l *glua.LState) *core.Request {
	module, function := l.CheckString(1), l.CheckString(2)
	args := make([]glua.LValue, 0, max(0, l.GetTop()-2))
	for i := 3; i <= l.GetTop(); i++ {
		args = append(args, l.Get(i))
	}
	body, err := in.encode(args...)
	if err != nil {
		l.RaiseError("arguments of %s.%s: %s", module, function, core.AsError(err).Message)
	}
	return in.request(module, function, body)
}

// request makes a request on behalf of the call that runs.
func (in *instance) request(module, function string, args core.Body) *core.Request {
	return core.Nested(in.brake.lane.request, in.spec.File, module, function, args)
}

// libCall is fondaco.call(module, function, args...).
func (in *instance) libCall(l *glua.LState) int {
	req := in.nested(l)
	var body core.Body
	err := in.outside(func(ctx context.Context) (err error) {
		body, err = in.host.Handle(ctx, req)
		return err
	})
	if err != nil {
		in.raise(l, err)
	}
	v, err := in.decode(body)
	if err != nil {
		in.raise(l, err)
	}
	l.Push(v)
	return 1
}

// libCast is fondaco.cast(module, function, args...).
func (in *instance) libCast(l *glua.LState) int {
	req := in.nested(l)
	req.Kind = core.Cast
	err := in.outside(func(ctx context.Context) error {
		_, err := in.host.Handle(ctx, req)
		return err
	})
	if err != nil {
		in.raise(l, err)
	}
	return 0
}

// libLog is fondaco.log(level, text).
func (in *instance) libLog(l *glua.LState) int {
	level := l.CheckString(1)
	text := l.ToStringMeta(l.CheckAny(2)).String()
	for _, known := range levels {
		if level == known {
			in.log(level, text)
			return 0
		}
	}
	l.ArgError(1, "use debug, info, warn or error")
	return 0
}

// log sends a line to the server's log. A log that is not there is no reason
// for a script to fail.
func (in *instance) log(level, text string) {
	body, err := in.encode(glua.LString(level), glua.LString(text))
	if err != nil {
		return
	}
	req := in.request("fondaco", "log", body)
	req.Kind = core.Cast
	_ = in.outside(func(ctx context.Context) error {
		_, err := in.host.Handle(ctx, req)
		return err
	})
}

// libSleep is fondaco.sleep(seconds).
func (in *instance) libSleep(l *glua.LState) int {
	seconds := float64(l.CheckNumber(1))
	if math.IsNaN(seconds) || seconds < 0 {
		l.ArgError(1, "a number of seconds, not below 0")
	}
	wait := time.Duration(math.Min(seconds*float64(time.Second), math.MaxInt64/2))
	err := in.outside(func(ctx context.Context) error {
		return in.host.Wait(ctx, func() error {
			timer := time.NewTimer(wait)
			defer timer.Stop()
			select {
			case <-timer.C:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	})
	if err != nil {
		in.raise(l, err)
	}
	return 0
}

// libInput is fondaco.input(), which iterates over what the caller streams in.
func (in *instance) libInput(l *glua.LState) int {
	l.Push(l.NewFunction(func(l *glua.LState) int {
		req := in.brake.lane.request
		if req == nil || req.In == nil {
			return 0
		}
		var chunk glua.LString
		err := in.outside(func(ctx context.Context) error {
			return in.host.Wait(ctx, func() error {
				data, err := req.In.Next(ctx)
				chunk = glua.LString(data)
				return err
			})
		})
		if errors.Is(err, io.EOF) {
			return 0
		}
		if err != nil {
			in.raise(l, err)
		}
		l.Push(chunk)
		return 1
	}))
	return 1
}

// libOutput is fondaco.output(chunk).
func (in *instance) libOutput(l *glua.LState) int {
	chunk := text(l.CheckAny(1))
	req := in.brake.lane.request
	if req == nil || req.Out == nil {
		l.RaiseError("fondaco.output: the caller takes no stream")
	}
	if err := in.send(req, chunk); err != nil {
		in.raise(l, err)
	}
	return 0
}

// send passes text on to the caller, in chunks.
func (in *instance) send(req *core.Request, text string) error {
	return in.outside(func(ctx context.Context) error {
		return in.host.Wait(ctx, func() error {
			for rest := stringBytes(text); len(rest) > 0; {
				n := min(len(rest), core.MaxChunk)
				if err := req.Out.Send(ctx, rest[:n]); err != nil {
					return err
				}
				rest = rest[n:]
			}
			return nil
		})
	})
}

// drain takes all values from a function that a plugin returned: into the
// caller's stream when it takes one, else into a list.
func (in *instance) drain(l *lane, generator *glua.LFunction) (glua.LValue, error) {
	clear(l.args)
	l.args = l.args[:0]
	list := in.state.NewTable()
	for n := 0; ; n++ {
		v, err := in.apply(l, generator, "")
		if err != nil {
			return nil, err
		}
		switch {
		case v == glua.LNil && l.request.Out != nil:
			return glua.LNil, nil
		case v == glua.LNil:
			return list, nil
		case l.request.Out != nil:
			if err := in.send(l.request, text(v)); err != nil {
				return nil, err
			}
		case n == maxGenerated:
			return nil, unserialisable("a generator of more than %d values", maxGenerated)
		default:
			list.Append(v)
		}
	}
}

// text returns the bytes of a string, a number or fondaco.bytes.
func text(v glua.LValue) string {
	if u, ok := v.(*glua.LUserData); ok {
		return show(u.Value)
	}
	return v.String()
}

// raise fails the script with err, as a table that it can look into.
func (in *instance) raise(l *glua.LState, err error) {
	if cause := in.brake.lane.cause(); cause != nil {
		err = cause
	}
	e := core.AsError(err)
	t := l.NewTable()
	t.RawSetString("kind", kindWord(e))
	t.RawSetString("class", glua.LString(e.Class))
	t.RawSetString("message", glua.LString(e.Detail()))
	lines := l.NewTable()
	for _, line := range e.Backtrace {
		lines.Append(glua.LString(line))
	}
	t.RawSetString("backtrace", lines)
	meta := l.NewTable()
	meta.RawSetString("__tostring", l.NewFunction(func(l *glua.LState) int {
		l.Push(glua.LString(e.Error()))
		return 1
	}))
	t.Metatable = meta
	l.Error(t, 0)
}
