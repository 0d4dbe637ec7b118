package funcs_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/fondaco/fondaco/codec/json"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/funcs"
)

// host answers nested calls with err, or else nil.
type host struct{ err error }

func (h host) Handle(context.Context, *core.Request) (core.Body, error) { return core.Body{}, h.err }
func (h host) Wait(_ context.Context, f func() error) error             { return f() }

func call(in *funcs.Instance, function, args string) (string, error) {
	body, err := in.Handle(context.Background(), &core.Request{Module: "m", Function: function, Args: core.Body{Codec: json.Codec, Data: []byte(args)}})
	return string(body.Data), err
}

type point struct {
	X, Y int
}

func TestForms(t *testing.T) {
	m := funcs.New()
	m.Func("none", func() {})
	m.Func("add", func(a, b int) int { return a + b })
	m.Func("sum", func(ctx context.Context, first int, rest ...int) (int, error) {
		for _, n := range rest {
			first += n
		}
		return first, ctx.Err()
	})
	m.Func("swap", func(p point) point { return point{p.Y, p.X} })
	m.Func("f0", funcs.F0(func(context.Context) (string, error) { return "zero", nil }))
	m.Func("f1", funcs.F1(func(_ context.Context, a []string) (int, error) { return len(a), nil }))
	m.Func("f3", funcs.F3(func(_ context.Context, a, b string, c float64) (string, error) { return fmt.Sprint(a, b, c), nil }))
	m.Func("fast", func(_ context.Context, req *core.Request) (core.Body, error) { return req.Args, nil })
	m.Bind("bound", func(h core.Host) funcs.Fast { return h.Handle })
	if err := m.Err(); err != nil {
		t.Fatal(err)
	}
	in := m.Instance(host{}, funcs.Options{})
	for _, c := range []struct{ function, args, want, message string }{
		{"none", `[]`, `null`, ""}, {"add", `[1,2]`, `3`, ""}, {"sum", `[1]`, `1`, ""}, {"sum", `[1,2,3]`, `6`, ""},
		{"swap", `[{"X":1,"Y":2}]`, `{"X":2,"Y":1}`, ""}, {"f0", `[]`, `"zero"`, ""}, {"f1", `[["a","b"]]`, `2`, ""},
		{"f3", `["a","b",1.5]`, `"ab1.5"`, ""}, {"fast", `[1]`, `[1]`, ""}, {"bound", `[1]`, ``, ""},
		{"add", `[1]`, "", "m.add: 2 arguments wanted, 1 given"}, {"add", `[1,2,3,4]`, "", "m.add: 2 arguments wanted, 4 given"},
		{"none", `[1]`, "", "m.none: 0 arguments wanted, 1 given"}, {"f1", `[]`, "", "m.f1: 1 argument wanted, 0 given"},
		{"f0", `[1]`, "", "m.f0: 0 arguments wanted, 1 given"}, {"sum", `[]`, "", "m.sum: 1 argument wanted, 0 given"},
		{"add", `[1,"x"]`, "", "m.add: argument 2: an int is wanted, not text"},
		{"sum", `[1,2,null]`, "", "m.sum: argument 3: an int is wanted, not nil"},
		{"f3", `["a",[],1]`, "", "m.f3: argument 2: text is wanted, not list"},
	} {
		got, err := call(in, c.function, c.args)
		if c.message == "" && (err != nil || got != c.want) {
			t.Errorf("%s%s = %s, %v, want %s", c.function, c.args, got, err, c.want)
		}
		if c.message != "" && (!errors.Is(err, core.ErrUser) || core.AsError(err).Message != c.message) {
			t.Errorf("%s%s fails with %v, want %s", c.function, c.args, err, c.message)
		}
	}
}

type myError struct{}

func (*myError) Error() string { return "mine" }

func TestErrors(t *testing.T) {
	m := funcs.New()
	m.Func("plain", func() error { return errors.New("oops") })
	m.Func("own", func() error { return &myError{} })
	m.Func("user", func() error { return &core.Error{Kind: core.KindUser, Class: "Mine", Message: "m", Code: 7} })
	m.Func("panics", func() { panic("help") })
	m.Func("nils", func() int { var p *point; return p.X })
	m.Func("fast", func(context.Context, *core.Request) (core.Body, error) { return core.Body{}, core.ErrNoFunction })
	m.Func("nested", func(ctx context.Context) error { return funcs.Call(ctx, nil, "other", "f") })
	m.Func("wrapped", func(ctx context.Context) error {
		return fmt.Errorf("while asking: %w", funcs.Call(ctx, nil, "other", "f"))
	})
	m.Func("bad", func() any { return func() {} })
	m.Func("nan", math.NaN)
	in := m.Instance(host{err: core.NewError(core.KindNoModule, "nobody has other")}, funcs.Options{})
	for function, want := range map[string]core.Error{
		"plain":   {Class: "Error", Message: "oops"},
		"own":     {Class: "funcs_test.myError", Message: "mine"},
		"user":    {Class: "Mine", Message: "m", Code: 7},
		"panics":  {Class: "panic", Message: "help"},
		"nils":    {Class: "runtime.errorString", Message: "nil pointer"},
		"fast":    {Class: "NoFunction"},
		"nested":  {Class: "NoModule", Message: "nobody has other"},
		"wrapped": {Class: "NoModule", Message: "nobody has other"},
		"bad":     {Class: "TypeError", Message: "result of m.bad: "},
		"nan":     {Class: "UnencodableValue", Message: "result of m.nan: json: "},
	} {
		_, err := call(in, function, `[]`)
		e := core.AsError(err)
		if err == nil || e.Kind != core.KindUser || !strings.Contains(e.Message, want.Message) || e.Code != want.Code {
			t.Errorf("%s fails with %v, want %s: %s", function, err, want.Class, want.Message)
		}
		if function != "nils" && e.Class != want.Class {
			t.Errorf("%s fails with class %s, want %s", function, e.Class, want.Class)
		}
		if function == "panics" && (len(e.Backtrace) == 0 || !strings.Contains(e.Backtrace[0], "funcs_test.go:")) {
			t.Errorf("the backtrace of a panic is %q", e.Backtrace)
		}
	}
	if _, err := call(in, "missing", `[]`); !errors.Is(err, core.ErrNoFunction) {
		t.Errorf("a missing function: %v", err)
	}
}

// TestContext sees the context end, by interrupt, deadline, parent and close.
func TestContext(t *testing.T) {
	began := make(chan context.Context, 1)
	m := funcs.New().Func("wait", func(ctx context.Context) error {
		done := ctx.Done()
		began <- ctx
		<-done
		return ctx.Err()
	})
	for name, c := range map[string]struct {
		end  func(in *funcs.Instance, req *core.Request, cancel func())
		want error
	}{
		"interrupt": {func(in *funcs.Instance, req *core.Request, _ func()) { in.Interrupt(req, core.ErrTimeout) }, core.ErrTimeout},
		"parent":    {func(_ *funcs.Instance, _ *core.Request, cancel func()) { cancel() }, context.Canceled},
		"close":     {func(in *funcs.Instance, _ *core.Request, _ func()) { in.Close() }, core.ErrBroken},
	} {
		in := m.Instance(host{}, funcs.Options{})
		ctx, cancel := context.WithCancel(context.Background())
		req := &core.Request{Module: "m", Function: "wait"}
		end := make(chan error)
		go func() {
			_, err := in.Handle(ctx, req)
			end <- err
		}()
		<-began
		c.end(in, req, cancel)
		if err := <-end; !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		cancel()
	}
	in := m.Instance(host{}, funcs.Options{})
	late := &core.Request{Module: "m", Function: "wait", Deadline: 1}
	if _, err := in.Handle(context.Background(), late); !errors.Is(err, core.ErrTimeout) {
		t.Errorf("after the deadline: %v", err)
	}
	if d, ok := (<-began).Deadline(); !ok || time.Until(d) > 0 {
		t.Errorf("the deadline is %v, %v", d, ok)
	}
}
