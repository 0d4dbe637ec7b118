package workertest

import (
	"strings"
	"testing"

	"github.com/fondaco/fondaco/conformance/vectors"
)

var failures = []conversation{
	{"exception", []string{"fail", "echo"}, testException},
	{"exception with a long message", []string{"fail", "echo"}, testLongException},
	{"wrong number of arguments", []string{"add", "echo"}, testArity},
	{"result without a form", []string{"bad", "echo"}, testBadResult},
	{"ordinary exit", []string{"leave"}, testLeave},
	{"malformed messages", []string{"echo"}, testMalformed},
	{"malformed vectors", []string{"echo"}, testMalformedVectors},
	{"unknown messages", []string{"echo"}, testUnknown},
}

// expectAlive fails the test unless the worker still answers.
func (p *Peer) expectAlive(w Worker) {
	p.t.Helper()
	p.Call(99, "echo", "still here")
	p.ExpectReply(99, "still here")
}

func testException(t *testing.T, w Worker) {
	p := Start(t, w)
	for id := range uint32(3) {
		p.Call(id, "fail", "it broke: ü")
		e := p.ExpectError(id, "user")
		if !strings.Contains(e.Message, "it broke: ü") {
			t.Errorf("the message is %q, want the exception's", e.Message)
		}
		for _, line := range e.Backtrace {
			if strings.Contains(line, "/proc/self/fd") || strings.Contains(line, "<fondaco") {
				t.Errorf("the backtrace shows the launcher: %q", e.Backtrace)
			}
		}
	}
	p.expectAlive(w)
}

func testLongException(t *testing.T, w Worker) {
	p := Start(t, w)
	p.Call(1, "fail", strings.Repeat("x", 1<<20))
	if e := p.ExpectError(1, "user"); !strings.HasPrefix(e.Message, "xxxx") {
		t.Errorf("the message is %.100q, want the exception's, or its beginning", e.Message)
	}
	p.expectAlive(w)
}

func testArity(t *testing.T, w Worker) {
	p := Start(t, w)
	p.Call(1, "add", 1)
	p.ExpectError(1, "user")
	p.expectAlive(w)
}

func testBadResult(t *testing.T, w Worker) {
	p := Start(t, w)
	p.Call(1, "bad")
	if e := p.ExpectError(1, "user"); !strings.Contains(e.Message, "bad") {
		t.Errorf("the message %q does not name the function", e.Message)
	}
	p.expectAlive(w)
}

func testLeave(t *testing.T, w Worker) {
	p := Start(t, w)
	p.Call(1, "leave")
	if w.ExitEnds {
		p.Wait()
		return
	}
	p.ExpectError(1, "user")
	p.expectAlive(w)
}

func testMalformed(t *testing.T, w Worker) {
	p := Start(t, w)
	for name, message := range map[string][]byte{
		"no CBOR":           {0xff, 0xff, 0xff},
		"half a value":      encode([]any{kindCall, "kit", "echo", []any{"text"}})[:9],
		"not an array":      encode(7),
		"an empty array":    encode([]any{}),
		"kind as text":      encode([]any{"call", "kit", "echo", []any{}}),
		"no arguments":      encode([]any{kindCall, "kit", "echo"}),
		"arguments no list": encode([]any{kindCall, "kit", "echo", 1}),
		"function a number": encode([]any{kindCall, "kit", 1, []any{}}),
		"options no map":    encode([]any{kindCall, "kit", "echo", []any{1}, 1}),
	} {
		t.Run(name, func(t *testing.T) {
			p.Write(appendRaw(nil, 1, message))
			p.ExpectError(1, "protocol")
			p.expectAlive(w)
		})
	}
}

// testMalformedVectors sends what a host never sends. A worker's library may
// take more than ours does, but every call gets an answer.
func testMalformedVectors(t *testing.T, w Worker) {
	all, err := vectors.Malformed()
	if err != nil {
		t.Fatal(err)
	}
	p := Start(t, w)
	head := encode([]any{kindCall, "kit", "echo", []any{nil}})
	for _, v := range all {
		if v.Codec != "cbor" {
			continue
		}
		p.Write(appendRaw(nil, 1, append(head[:len(head)-1:len(head)-1], v.Data...)))
		id, message, err := p.readRaw()
		if err != nil {
			t.Fatalf("%s: %v", v.Name, err)
		}
		// What is echoed may be malformed again: only the kind is looked at.
		if id != 1 || len(message) < 2 || (message[1] != kindReply && message[1] != kindError) {
			t.Fatalf("%s: got id %d and % x, want an answer to call 1", v.Name, id, message[:min(len(message), 32)])
		}
		p.expectAlive(w)
	}
}

func testUnknown(t *testing.T, w Worker) {
	p := Start(t, w)
	p.Send(1, 57)
	p.Send(2, 4711, "more", []any{1, 2})
	p.Send(3, kindCancel)
	p.Send(4, kindChunk, []byte("for nobody"))
	p.Send(5, kindEnd)
	p.Send(6, kindCredit, 3)
	p.Send(0x80000007, kindReply, "nobody asked")
	p.Send(0x80000008, kindError, "user", "", "nobody asked", []any{})
	p.Send(9, kindCall, "kit", "echo", []any{"extra"}, Map{{"unknown", 1}, {2, 3}}, "more", 5)
	p.ExpectReply(9, "extra")
}
