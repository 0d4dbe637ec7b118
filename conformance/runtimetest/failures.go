package runtimetest

import (
	"strings"

	"github.com/fondaco/fondaco/codec/cbor"
	"github.com/fondaco/fondaco/core"
)

var failures = []property{
	{"exception", []string{"fail", "echo"}, testException},
	{"wrong number of arguments", []string{"add", "echo"}, testArity},
	{"result without a form", []string{"bad", "echo"}, testBad},
	{"hidden functions", nil, testHidden},
	{"arguments that are none", []string{"echo"}, testMalformed},
}

// hidden are names that nobody may call.
var hidden = []string{"nothing", "_private", "fib_pred", "start", "stop", "init", ""}

// alive fails the test unless the instance still answers.
func (k *kit) alive(in core.Handler) {
	k.Helper()
	if _, err := in.Handle(k.Context(), k.request("echo", "still here")); err != nil {
		k.Fatalf("the instance does not answer any more: %v", err)
	}
}

func testException(k *kit) {
	in := k.start(newHost())
	for range 3 {
		if e := k.fails(in, core.ErrUser, k.request("fail", "it broke: ü")); !strings.Contains(e.Message, "it broke: ü") {
			k.Errorf("the message is %q, want the exception's", e.Message)
		}
	}
	k.alive(in)
}

func testArity(k *kit) {
	in := k.start(newHost())
	k.fails(in, core.ErrUser, k.request("add", 1))
	k.alive(in)
}

func testBad(k *kit) {
	in := k.start(newHost())
	if e := k.fails(in, core.ErrUser, k.request("bad")); !strings.Contains(e.Message, "bad") {
		k.Errorf("the message %q does not name the function", e.Message)
	}
	k.alive(in)
}

func testHidden(k *kit) {
	in := k.start(newHost())
	for _, name := range hidden {
		k.fails(in, core.ErrNoFunction, k.request(name))
	}
}

func testMalformed(k *kit) {
	in := k.start(newHost())
	for _, data := range [][]byte{{0x01}, {0xa0}, {0x81}, {0x81, 0x62, 'a'}, {0x81, 0x1c}} {
		req := k.request("echo")
		req.Args = core.Body{Codec: cbor.Codec, Data: data}
		if got, err := k.handle(in, req); err == nil {
			k.Errorf("the arguments %x give %s", data, k.show(got))
		}
	}
	k.alive(in)
}
