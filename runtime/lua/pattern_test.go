package lua

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	glua "github.com/yuin/gopher-lua"

	"github.com/fondaco/fondaco/core"
)

func TestPatterns(t *testing.T) {
	in := script(t, `function eval(code) return {loadstring("return " .. code)()} end
function all(s, pattern) local found = {} for a, b in string.gmatch(s, pattern) do found[#found + 1] = {a, b} end return found end`)
	for _, c := range []struct{ code, want string }{
		{`("hello world"):find("o w")`, `[5,7]`},
		{`("hello world"):find("(o)( )w")`, `[5,7,"o"," "]`},
		{`("hello"):find("l", 1, true)`, `[3,3]`},
		{`("a.b"):find(".", 2, true)`, `[2,2]`},
		{`("hello"):find("")`, `[1,0]`},
		{`("hello"):find("", 10)`, `[6,5]`},
		{`("hello"):find("xyz") == nil`, `[true]`},
		{`("hello"):find("l", -2)`, `[4,4]`},
		{`("key = value"):match("^(%w+)%s*=%s*(%w+)$")`, `["key","value"]`},
		{`("hello"):match("l+")`, `["ll"]`},
		{`("hello"):match("()ll()")`, `[3,5]`},
		{`("<<a>>"):match("<(.-)>")`, `["<a"]`},
		{`("f(a(b)c)d"):match("%b()")`, `["(a(b)c)"]`},
		{`("THE (quick) fox"):find("%f[%a]%a+%f[%A]", 5)`, `[6,10]`},
		{`("aa bb"):match("(%a)%1")`, `["a"]`},
		{`("x-y]z"):match("[]-]+")`, `["-"]`},
		{`("x^y"):match("[%^]")`, `["^"]`},
		{`("AbC1_"):gsub("[^%l]", "")`, `["b",4]`},
		{`("a\0b"):match("%z") == "\0"`, `[true]`},
		{`("abc"):gsub("", "-")`, `["-a-b-c-",4]`},
		{`("abc"):gsub("%w", "%0%0", 2)`, `["aabbc",2]`},
		{`("hello world"):gsub("(%w+)", "<%1>")`, `["<hello> <world>",2]`},
		{`("$name is $age"):gsub("%$(%w+)", {name = "Ada", age = 36})`, `["Ada is 36",2]`},
		{`("abc"):gsub("b", function() return nil end)`, `["abc",1]`},
		{`("abc"):gsub("^a*", "x")`, `["xbc",1]`},
		{`("abc"):gsub("b*", "x")`, `["xaxxcx",4]`},
		{`("5%"):gsub("%%", "%% ")`, `["5% ",1]`},
		{`("abc"):gsub("a", "z", 0)`, `["abc",0]`},
	} {
		if got, err := call(t, in, "eval", "["+quote(c.code)+"]"); err != nil || got != c.want {
			t.Errorf("%s = %s, %v, want %s", c.code, got, err, c.want)
		}
	}
	if got, err := call(t, in, "all", `["k=v, x=y", "(%w)=(%w)"]`); err != nil || got != `[["k","v"],["x","y"]]` {
		t.Errorf("gmatch with captures found %s, %v", got, err)
	}
	if got, err := call(t, in, "all", `["ab", "%a*"]`); err != nil || got != `[["ab"],[""]]` {
		t.Errorf("gmatch of what may be empty found %s, %v", got, err)
	}
}

func TestPatternErrors(t *testing.T) {
	in := script(t, `function f(pattern) return string.match("aaa", pattern) end
function many(n) return string.match(string.rep("a", n), string.rep("a?", n)) end
function replace(with) return string.gsub("aaa", "a", with) end`)
	for _, c := range []struct{ function, argument, want string }{
		{"f", `"%"`, "ends with '%'"},
		{"f", `"[a"`, "missing ']'"},
		{"f", `"[a%"`, "missing ']'"},
		{"f", `"(a"`, "unfinished capture"},
		{"f", `"a)"`, "invalid pattern capture"},
		{"f", `"%1"`, "invalid capture index"},
		{"f", `"%b"`, "unbalanced pattern"},
		{"f", `"%fa"`, "missing '['"},
		{"f", quote(strings.Repeat("()", 33)), "too many captures"},
		{"many", `10000`, "pattern too complex"},
		{"replace", `"%2"`, "invalid capture index"},
	} {
		if got, err := call(t, in, c.function, "["+c.argument+"]"); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s(%s) = %s, %v, want an error with %q", c.function, c.argument, got, err, c.want)
		}
	}
}

// A call whose pattern would need hours obeys an interrupt.
func TestInterruptInPattern(t *testing.T) {
	for _, code := range []string{
		`string.find(string.rep("a", 1000000), ".-.-b")`,
		`string.match(string.rep("a", 1000000), "a*a*b")`,
		`string.gsub(string.rep("(", 1000000), "%b()", "")`,
		`string.gmatch(string.rep("a", 1000000), ".-.-b")()`,
	} {
		in := script(t, `function f() started() return `+code+` end`)
		req := &core.Request{Module: "m", Function: "f"}
		running := make(chan struct{})
		in.state.SetGlobal("started", in.state.NewFunction(func(*glua.LState) int {
			close(running)
			return 0
		}))
		cause := core.NewError(core.KindTimeout, "enough")
		go func() {
			<-running
			in.Interrupt(req, cause)
		}()
		if _, err := in.Handle(t.Context(), req); !errors.Is(err, cause) {
			t.Errorf("%s ended with %v, want what it was interrupted with", code, err)
		}
	}
}

// What scripts nest, the server's own stack nests, too.
func TestNestingIsBounded(t *testing.T) {
	in := script(t, `function wrapped() local function f() return coroutine.wrap(f)() end return f() end
function resumed()
  local made = {}
  for i = 1, 1000 do made[i] = coroutine.create(function() return assert(coroutine.resume(made[i + 1])) end) end
  return assert(coroutine.resume(made[1]))
end
function long(n) return assert(loadstring("return " .. string.rep("not ", n) .. "1")) end
function pieces() return assert(load(function() return "return 1 " end)) end
function joined() local parts = {"return", " 1 + ", "1"} return load(function() return table.remove(parts, 1) end)() end`)
	for _, c := range []struct{ function, args, want string }{
		{"wrapped", `[]`, "coroutines resume each other"},
		{"resumed", `[]`, "coroutines resume each other"},
		{"long", `[` + strconv.Itoa(maxChunk) + `]`, "longer than 128 KiB"},
		{"pieces", `[]`, "longer than 128 KiB"},
	} {
		if got, err := call(t, in, c.function, c.args); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s%s = %s, %v, want an error with %q", c.function, c.args, got, err, c.want)
		}
	}
	if got, err := call(t, in, "joined", `[]`); err != nil || got != "2" {
		t.Errorf("a chunk in pieces gave %s, %v", got, err)
	}
}
