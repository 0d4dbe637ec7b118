package workertest

import (
	"fmt"
	"sort"
	"strings"
	"testing"
)

// kitFunctions are the functions that hello lists.
var kitFunctions = []string{"echo", "add", "fail", "fib", "noisy", "config", "relay", "tell", "note", "nap", "total",
	"count", "each", "bad", "pid", "die_hard", "leave", "started", "types", "make"}

var basics = []conversation{
	{"hello", nil, testHello},
	{"echo", []string{"echo"}, testEcho},
	{"two arguments", []string{"add"}, testAdd},
	{"start hook", []string{"started"}, testStart},
	{"configuration", []string{"config"}, testConfig},
	{"predicate", []string{"fib"}, testPredicate},
	{"hidden functions", nil, testHidden},
	{"pipelining", []string{"echo"}, testPipelining},
	{"byte by byte", []string{"echo"}, testByteByByte},
}

func testHello(t *testing.T, w Worker) {
	p := Start(t, w)
	if v, _ := p.Hello.Get("version"); v != any(int64(1)) {
		t.Errorf("hello has version %s, want 1", Show(v))
	}
	if v, given := p.Hello.Get("functions"); given {
		var want []string
		for _, f := range kitFunctions {
			if !w.lacks(f) {
				want = append(want, f)
			}
		}
		expectNames(t, "functions", v, want)
	}
	if v, given := p.Hello.Get("guards"); given && !w.lacks("fib") {
		expectNames(t, "guards", v, []string{"fib"})
	}
	if v, given := p.Hello.Get("concurrency"); given {
		if n, ok := v.(int64); !ok || n < 1 {
			t.Errorf("hello has concurrency %s, want an integer from 1 on", Show(v))
		}
	}
	if v, given := p.Hello.Get("language"); given {
		if s, ok := v.(string); !ok || s == "" {
			t.Errorf("hello has language %s, want text", Show(v))
		}
	}
}

// expectNames compares a list of text with names, whatever the order.
func expectNames(t *testing.T, what string, v any, want []string) {
	t.Helper()
	l, ok := v.([]any)
	got := make([]string, len(l))
	for i, name := range l {
		var isText bool
		got[i], isText = name.(string)
		ok = ok && isText
	}
	if !ok {
		t.Fatalf("%s of hello are %s, want a list of text", what, Show(v))
	}
	sort.Strings(got)
	want = append([]string{}, want...)
	sort.Strings(want)
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("%s of hello are\n  %s, want\n  %s", what, strings.Join(got, " "), strings.Join(want, " "))
	}
}

func testEcho(t *testing.T, w Worker) {
	p := Start(t, w)
	p.Call(1, "echo", "hello")
	p.ExpectReply(1, "hello")
	p.Call(0x7fffffff, "echo", "the largest id")
	p.ExpectReply(0x7fffffff, "the largest id")
}

func testAdd(t *testing.T, w Worker) {
	p := Start(t, w)
	p.Call(7, "add", 1, 2)
	p.ExpectReply(7, 3)
	p.Call(8, "add", -5, 3)
	p.ExpectReply(8, -2)
}

func testStart(t *testing.T, w Worker) {
	p := Start(t, w)
	p.Call(1, "started")
	p.ExpectReply(1, true)
}

func testConfig(t *testing.T, w Worker) {
	p := Start(t, w)
	p.Call(1, "config", "key")
	p.ExpectReply(1, "value")
	p.Call(2, "config", "list")
	p.ExpectReply(2, []any{1, 2.5, nil, true})
}

func testPredicate(t *testing.T, w Worker) {
	p := Start(t, w)
	guard := Map{{"guard", true}}
	p.CallWith(1, guard, "fib", 10)
	p.ExpectReply(1, 55)
	p.CallWith(2, guard, "fib", 25)
	p.ExpectError(2, "no_function")
	p.Call(3, "fib", 21)
	p.ExpectReply(3, 10946)
	p.CallWith(4, Map{{"guard", false}}, "fib", 20)
	p.ExpectReply(4, 6765)
	if !w.lacks("echo") {
		p.CallWith(5, guard, "echo", "no predicate")
		p.ExpectReply(5, "no predicate")
	}
}

func testHidden(t *testing.T, w Worker) {
	p := Start(t, w)
	for i, f := range []string{"nothing", "_private", "fib_pred", "start", "stop", "", "__init__", "toString", "call"} {
		p.Call(uint32(i), f)
		p.ExpectError(uint32(i), "no_function")
	}
}

func testPipelining(t *testing.T, w Worker) {
	const n = 1000
	p := Start(t, w)
	var all []byte
	for i := range n {
		all = Append(all, uint32(i), kindCall, "kit", "echo", []any{fmt.Sprintf("call %d", i)})
	}
	sent := make(chan error, 1)
	p.patience()
	go func() {
		_, err := p.Conn.Write(all)
		sent <- err
	}()
	p.expectAll(w, n, func(i uint32) any { return fmt.Sprintf("call %d", i) })
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
}

// expectAll expects the replies to calls 0 to n-1, in order unless the worker
// is parallel.
func (p *Peer) expectAll(w Worker, n int, want func(id uint32) any) {
	p.t.Helper()
	seen := map[uint32]bool{}
	for i := range n {
		f := p.Receive()
		if !w.Parallel && f.ID != uint32(i) {
			p.t.Fatalf("got %s, want the answer to call %d", f, i)
		}
		if f.Kind != kindReply || seen[f.ID] || f.ID >= uint32(n) || Show(f.Fields[0]) != Show(want(f.ID)) {
			p.t.Fatalf("got %s as answer %d", f, i)
		}
		seen[f.ID] = true
	}
}

func testByteByByte(t *testing.T, w Worker) {
	p := Start(t, w)
	for _, c := range Append(nil, 1, kindCall, "kit", "echo", []any{"slow"}) {
		p.Write([]byte{c})
	}
	p.ExpectReply(1, "slow")
	two := Append(Append(nil, 2, kindCall, "kit", "echo", []any{"a"}), 3, kindCall, "kit", "echo", []any{"b"})
	p.Write(two[:len(two)-3])
	p.ExpectReply(2, "a")
	p.Write(two[len(two)-3:])
	p.ExpectReply(3, "b")
}
