package lua

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fondaco/fondaco/codec/json"
	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/core"
)

// quietHost answers everything with nil.
type quietHost struct{}

func (quietHost) Handle(context.Context, *core.Request) (core.Body, error) { return core.Body{}, nil }
func (quietHost) Wait(_ context.Context, f func() error) error             { return f() }

// script returns an instance of a plugin with that text.
func script(t *testing.T, text string) *instance {
	t.Helper()
	in, err := tryScript(t, text)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close() })
	return in
}

func tryScript(t *testing.T, text string) (*instance, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "p.lua")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := Runtime{}.Load(t.Context(), config.Plugin{Module: "m", File: file})
	if err != nil {
		return nil, err
	}
	in, err := p.New(t.Context(), quietHost{})
	if err != nil {
		return nil, err
	}
	return in.(*instance), nil
}

// call calls function with arguments in JSON, and returns the result in JSON.
func call(t *testing.T, in *instance, function, args string) (string, error) {
	t.Helper()
	body, err := in.Handle(t.Context(), &core.Request{Module: "m", Function: function, Args: core.Body{Codec: json.Codec, Data: []byte(args)}})
	return string(body.Data), err
}

func TestValues(t *testing.T) {
	in := script(t, `function f(...) return ... end
function eval(code) return loadstring("return " .. code)() end`)
	for _, c := range []struct{ args, want string }{
		{`[]`, `null`}, {`[{}]`, `{}`}, {`[[]]`, `[]`}, {`[[null,1]]`, `[null,1]`}, {`[{"a":null}]`, `{"a":null}`},
		{`[9007199254740993]`, `9007199254740993`}, {`[1.0]`, `1`}, {`[123456789012345678901234567890]`, `123456789012345678901234567890`},
	} {
		if got, err := call(t, in, "f", c.args); err != nil || got != c.want {
			t.Errorf("f%s = %s, %v, want %s", c.args, got, err, c.want)
		}
	}
	for _, c := range []struct{ code, want string }{
		{`{}`, `[]`}, {`{1,2,3}`, `[1,2,3]`}, {`{[2]=1}`, `{"2":1}`}, {`fondaco.map()`, `{}`},
		{`fondaco.null`, `null`}, {`{fondaco.null}`, `[null]`}, {`2^53`, `9007199254740992`},
		{`fondaco.symbol("a") == fondaco.symbol("a")`, `true`}, {`tostring(fondaco.symbol("a"))`, `"a"`},
		{`fondaco.integer("9007199254740993") < fondaco.integer("9007199254740994")`, `true`},
		{`fondaco.regex("a", "ix").options`, `"ix"`}, {`fondaco.time(1.5).seconds`, `1.5`},
		{`#fondaco.tuple(1, nil, 3)`, `3`}, {`fondaco.type({a=1})`, `"map"`},
		{`table.concat({1,"b",3}, "-", 2)`, `"b-3"`}, {`(("hello"):gsub("l+", "<%0>"))`, `"he<ll>o"`},
		{`(("a b"):gsub("(%w) (%w)", "%2 %1"))`, `"b a"`}, {`(("abc"):gsub("%w", {a="1", b=true and "2"}))`, `"12c"`},
		{`(("abc"):gsub("", "-"))`, `"-a-b-c-"`}, {`(("abc"):gsub("b", function(x) return x:upper() end))`, `"aBc"`},
		{`select(2, ("aaa"):gsub("a", "b", 2))`, `2`}, {`(("x"):rep(3))`, `"xxx"`},
	} {
		got, err := call(t, in, "eval", `[`+string(quote(c.code))+`]`)
		if err != nil || got != c.want {
			t.Errorf("%s = %s, %v, want %s", c.code, got, err, c.want)
		}
	}
}

func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

func TestSandbox(t *testing.T) {
	in := script(t, `function has(path)
  local v = _G
  for name in path:gmatch("[^.]+") do
    v = v[name]
    if v == nil then return false end
  end
  return true
end`)
	for path, want := range map[string]bool{
		"string.format": true, "table.sort": true, "math.floor": true, "coroutine.wrap": true, "os.time": true, "os.date": true, "pcall": true,
		"io": false, "debug": false, "package": false, "require": false, "dofile": false, "loadfile": false, "module": false, "channel": false,
		"os.execute": false, "os.exit": false, "os.getenv": false, "os.remove": false, "os.rename": false, "os.tmpname": false, "os.setenv": false,
		"_printregs": false, "newproxy": false, "string.dump": false,
	} {
		if got, err := call(t, in, "has", `["`+path+`"]`); err != nil || (got == "true") != want {
			t.Errorf("%s is there: %s, %v", path, got, err)
		}
	}
}

func TestExports(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"globals":            {"function a() end function b() end local function c() end d = string.upper", "a b"},
		"returned table":     {"function hidden() end local M = {} function M.a() end M.upper = string.upper M.x = 1 return M", "a upper"},
		"private and hooks":  {"function a() end function _b() end function init() end function handle_msg() end function start() end function stop() end", "a"},
		"start with an arg":  {"function start(x) end function stop(x) end", "start stop"},
		"predicates":         {"function a() end function a_pred() end function b_pred() end", "a b_pred"},
		"builtins replaced":  {"function print() end function a() end", "a"},
		"a line for a shell": {"#!/usr/bin/lua\nfunction a() end", "a"},
	} {
		names, known := script(t, c.text).Functions()
		if got := strings.Join(names, " "); !known || got != c.want {
			t.Errorf("%s: functions %q, want %q", name, got, c.want)
		}
	}
}

func TestLoadErrors(t *testing.T) {
	for text, want := range map[string]string{
		"function a(\n":               "p.lua:1: syntax error: the file ends too early",
		"\nfunction a()\n\n":          "p.lua:2: syntax error: the file ends too early",
		"\nx = 'y":                    "p.lua:2: unterminated string: the file ends too early",
		"x = = 1":                     "p.lua:1",
		"\nerror('no start')":         "p.lua:2: user: Error: no start",
		"function start() boom() end": "p.lua:1: user: Error: attempt to call",
		"goto nowhere":                "p.lua",
	} {
		if _, err := tryScript(t, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q in it", text, err, want)
		}
	}
	if _, err := (Runtime{}).Load(t.Context(), config.Plugin{Module: "m", File: filepath.Join(t.TempDir(), "none.lua")}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	for _, spec := range []config.Plugin{{File: "x", State: "request"}, {File: "x", Code: "watch"}, {}} {
		if _, err := (Runtime{}).Load(t.Context(), spec); err == nil || errors.Is(err, os.ErrNotExist) {
			t.Errorf("%+v: %v", spec, err)
		}
	}
}

func TestErrors(t *testing.T) {
	in := script(t, `function plain() error("oops") end
local function inner() error("deep") end
function outer() inner() return 1 end
function classed() error({class = "Mine", message = "m"}) end
function nothing() error(nil) end
function bare() error({code = 1}) end
function deep() return 1 + deep() end
function long() return ("x"):rep(2^31) end
function cat() local t = {} for i = 1, 70 do t[i] = ("x"):rep(2^20) end return table.concat(t) end
function self() local t = {} t[1] = t return t end
function nan() return 0/0 end
function wide() local t = {1} for i = 1, 100 do t = {t, t} end return t end
function outside() coroutine.yield(1) end`)
	for function, want := range map[string]core.Error{
		"plain":   {Class: "Error", Message: "oops"},
		"outer":   {Class: "Error", Message: "deep"},
		"classed": {Class: "Mine", Message: "m"},
		"nothing": {Class: "Error", Message: "nil"},
		"bare":    {Class: "Error", Message: "without message"},
		"deep":    {Message: "overflow"},
		"long":    {Class: "Error", Message: "longer than"},
		"cat":     {Class: "Error", Message: "longer than"},
		"self":    {Class: "TypeError", Message: "nested deeper"},
		"wide":    {Class: "TypeError", Message: "elements"},
		"nan":     {Class: "UnencodableValue", Message: "result of m.nan: json: "},
		"outside": {Class: "Error", Message: "outside of a coroutine"},
	} {
		_, err := call(t, in, function, `[]`)
		var e *core.Error
		if !errors.As(err, &e) || e.Kind != core.KindUser || want.Class != "" && e.Class != want.Class || !strings.Contains(e.Message, want.Message) {
			t.Errorf("%s fails with %v, want %s: %s", function, err, want.Class, want.Message)
		}
	}
	_, err := call(t, in, "outer", `[]`)
	trace := core.AsError(err).Backtrace
	if len(trace) != 2 || !strings.Contains(trace[0], "p.lua:2: in function 'inner'") || !strings.Contains(trace[1], "p.lua:3: in function 'outer'") {
		t.Errorf("the backtrace is %q", trace)
	}
}

func TestSparseKeys(t *testing.T) {
	in := script(t, "function f(x) return 1 end")
	args := `[` + strings.Repeat(`{"$map":[[1000000,1]]},`, 20) + `0]`
	if _, err := call(t, in, "f", `[`+args+`]`); !errors.Is(err, core.ErrUser) {
		t.Errorf("maps whose keys would fill memory: %v", err)
	}
	if got, err := call(t, in, "f", `[{"$map":[[1000,1]]}]`); err != nil || got != "1" {
		t.Errorf("a sparse map: %s, %v", got, err)
	}
}

// TestInterruptInCoroutine stops loops that the engine runs with contexts of
// their own.
func TestInterruptInCoroutine(t *testing.T) {
	in := script(t, `ready = false
function created() local c = coroutine.create(function() while true do end end) while true do coroutine.resume(c) end end
function wrapped() local f = coroutine.wrap(function() while true do end end) f() end
function loaded() loadstring("while true do end")() end
function sorted() local t = {} for i = 1, 100 do t[i] = i end table.sort(t, function() while true do end end) end`)
	for _, function := range []string{"created", "wrapped", "loaded", "sorted"} {
		req := &core.Request{Module: "m", Function: function}
		end := make(chan error, 1)
		go func() {
			_, err := in.Handle(context.Background(), req)
			end <- err
		}()
		for stopped := false; !stopped; {
			in.Interrupt(req, core.ErrTimeout)
			select {
			case err := <-end:
				if !errors.Is(err, core.ErrTimeout) {
					t.Errorf("%s: %v", function, err)
				}
				stopped = true
			default:
			}
		}
	}
}

// TestWaitingGivesTheTurnAway runs calls while others wait in the same state.
func TestWaitingGivesTheTurnAway(t *testing.T) {
	in := script(t, `local n = 0
function wait() return pcall(function() n = n + 1 fondaco.sleep(3600) end) end
function waiting() return n end`)
	var reqs []*core.Request
	end := make(chan error)
	for range 10 {
		req := &core.Request{Module: "m", Function: "wait"}
		reqs = append(reqs, req)
		go func() {
			_, err := in.Handle(context.Background(), req)
			end <- err
		}()
	}
	for {
		if got, err := call(t, in, "waiting", `[]`); err != nil {
			t.Fatal(err)
		} else if got == "10" {
			break
		}
	}
	for _, req := range reqs {
		in.Interrupt(req, core.ErrCanceled)
	}
	for range reqs {
		if err := <-end; !errors.Is(err, core.ErrCanceled) {
			t.Error(err)
		}
	}
}
