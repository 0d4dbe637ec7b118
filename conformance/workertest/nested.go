package workertest

import (
	"testing"
)

var nested = []conversation{
	{"nested call", []string{"relay", "echo"}, testNested},
	{"nested call that fails", []string{"relay", "echo"}, testNestedError},
	{"cancel of a waiting call", []string{"relay", "echo"}, testCancelWaiting},
	{"cancel of a sleep", []string{"nap", "echo"}, testCancelSleep},
	{"cancel of a queued call", []string{"fib", "echo"}, testCancelQueued},
	{"a call on top of a waiting one", []string{"relay", "echo"}, testOnTop},
	{"waiting calls on top of each other", []string{"relay"}, testStacked},
	{"cast", []string{"tell"}, testCast},
	{"log", []string{"note"}, testLog},
	{"sleep", []string{"nap"}, testSleep},
}

// expectRelay waits for the worker's call other.f(arg) on behalf of parent.
func (p *Peer) expectRelay(parent uint32, arg any) Request {
	p.t.Helper()
	r := p.Request()
	if r.Kind != kindCall || r.Module != "other" || r.Function != "f" || Show(r.Args) != Show([]any{arg}) {
		p.t.Fatalf("the worker called %s.%s(%s), want other.f(%s)", r.Module, r.Function, Show(r.Args), Show(arg))
	}
	p.expectParent(r, parent)
	return r
}

func testNested(t *testing.T, w Worker) {
	p := Start(t, w)
	for id := range uint32(3) {
		p.Call(id, "relay", "other", "f", "arg")
		r := p.expectRelay(id, "arg")
		p.Send(r.ID, kindReply, []any{"answer", int(id)})
		p.ExpectReply(id, []any{"answer", int(id)})
	}
	p.expectAlive(w)
}

func testNestedError(t *testing.T, w Worker) {
	p := Start(t, w)
	for id, c := range []struct {
		message []any
		want    Failure
	}{
		{[]any{kindError, "no_function", "", "other.f: no such function", []any{}}, Failure{Class: "NoFunction", Message: "other.f: no such function"}},
		{[]any{kindError, "timeout", "", "too late"}, Failure{Class: "Timeout", Message: "too late"}},
		{[]any{kindError, "no_module"}, Failure{Class: "NoModule"}},
		{[]any{kindError, "user", "ZeroDivisionError", "division by zero", []any{"math.py:3:in div"}}, Failure{Class: "ZeroDivisionError", Message: "division by zero"}},
	} {
		p.Call(uint32(id), "relay", "other", "f", 1)
		r := p.expectRelay(uint32(id), 1)
		p.Send(r.ID, c.message...)
		e := p.ExpectError(uint32(id), "user")
		if e.Class != c.want.Class || e.Message != c.want.Message {
			t.Errorf("%s reaches the caller as %q, want class %q and message %q", Show(c.message), e, c.want.Class, c.want.Message)
		}
	}
	p.expectAlive(w)
}

func testCancelWaiting(t *testing.T, w Worker) {
	p := Start(t, w)
	p.Call(1, "relay", "other", "f", 1)
	r := p.expectRelay(1, 1)
	p.Send(1, kindCancel)
	p.ExpectError(1, "user")
	p.Send(r.ID, kindReply, "too late")
	p.expectAlive(w)
}

func testCancelSleep(t *testing.T, w Worker) {
	p := Start(t, w)
	p.Call(1, "nap", 3600)
	p.Send(1, kindCancel)
	p.Error(1)
	p.expectAlive(w)
}

func testCancelQueued(t *testing.T, w Worker) {
	p := Start(t, w)
	all := Append(nil, 1, kindCall, "kit", "fib", []any{10})
	all = Append(all, 2, kindCall, "kit", "echo", []any{"canceled"})
	p.Write(Append(all, 2, kindCancel))
	seen := map[uint32]int{}
	for range 2 {
		seen[p.Receive().ID]++
	}
	if seen[1] != 1 || seen[2] != 1 {
		t.Errorf("calls 1 and 2 got %d and %d answers, want one each", seen[1], seen[2])
	}
	p.expectAlive(w)
}

func testOnTop(t *testing.T, w Worker) {
	p := Start(t, w)
	p.Call(1, "relay", "other", "f", 1)
	r := p.expectRelay(1, 1)
	p.Call(2, "echo", "on top")
	p.ExpectReply(2, "on top")
	p.Send(r.ID, kindReply, "done")
	p.ExpectReply(1, "done")
}

func testStacked(t *testing.T, w Worker) {
	const depth = 8
	p := Start(t, w)
	var calls []Request
	for id := range uint32(depth) {
		p.Call(id, "relay", "other", "f", int(id))
		calls = append(calls, p.expectRelay(id, int(id)))
	}
	for id := depth - 1; id >= 0; id-- {
		p.Send(calls[id].ID, kindReply, id*10)
		p.ExpectReply(uint32(id), id*10)
	}
}

func testCast(t *testing.T, w Worker) {
	p := Start(t, w)
	p.Call(1, "tell", "other", "f", "news")
	r := p.Request()
	if r.Kind != kindCast || r.Module != "other" || r.Function != "f" || Show(r.Args) != `["news"]` {
		t.Errorf("the worker sent kind %d %s.%s(%s), want the cast other.f(\"news\")", r.Kind, r.Module, r.Function, Show(r.Args))
	}
	p.expectParent(r, 1)
	p.ExpectReply(1, nil)
}

func testLog(t *testing.T, w Worker) {
	p := Start(t, w)
	p.Call(1, "note", "a line")
	r := p.Request()
	if r.Kind != kindCast || r.Module != "fondaco" || r.Function != "log" || Show(r.Args) != `["info", "a line"]` {
		t.Errorf("the worker sent kind %d %s.%s(%s), want the cast fondaco.log(\"info\", \"a line\")", r.Kind, r.Module, r.Function, Show(r.Args))
	}
	p.Reply(1)
}

func testSleep(t *testing.T, w Worker) {
	p := Start(t, w)
	p.Call(1, "nap", 0.01)
	p.ExpectReply(1, "ok")
	p.Call(2, "nap", 0)
	p.ExpectReply(2, "ok")
}
