package runtimetest

import (
	"context"
	"errors"
	"sync"

	"github.com/fondaco/fondaco/core"
)

var hosts = []property{
	{"nested call", []string{"relay"}, testNested},
	{"nested call that fails", []string{"relay"}, testNestedFails},
	{"cast", []string{"tell"}, testCast},
	{"log", []string{"note"}, testLog},
}

// host is what instances ask in place of a server. It answers a call of
// other.echo with its argument, other.nothing with no_function, and waits in
// other.wait until the call is given up.
type host struct {
	waiting chan *core.Request // other.wait was called

	mu   sync.Mutex
	seen []seen
}

// seen is a request that an instance made.
type seen struct {
	kind             core.Kind
	module, function string
	args             core.Body
	parent           *core.Request
}

func newHost() *host { return &host{waiting: make(chan *core.Request, 100)} }

// Handle implements core.Handler.
func (h *host) Handle(ctx context.Context, req *core.Request) (core.Body, error) {
	h.mu.Lock()
	h.seen = append(h.seen, seen{req.Kind, req.Module, req.Function, req.Args.Clone(), req.Parent})
	h.mu.Unlock()
	switch {
	case req.Kind == core.Cast:
		return core.Body{}, nil
	case req.Function == "echo":
		// The first element of a short list begins after one byte.
		body := req.Args.Clone()
		body.Data = body.Data[1:]
		return body, nil
	case req.Function == "wait":
		h.waiting <- req
		<-ctx.Done()
		return core.Body{}, &core.Error{Kind: core.KindCanceled, Message: "given up", Err: ctx.Err()}
	}
	return core.Body{}, core.NewError(core.KindNoFunction, "other.nothing: no such function")
}

// Wait implements core.Host.
func (h *host) Wait(_ context.Context, f func() error) error { return f() }

// requests returns what was asked, without the log.
func (h *host) requests(module string) []seen {
	h.mu.Lock()
	defer h.mu.Unlock()
	var list []seen
	for _, s := range h.seen {
		if s.module == module {
			list = append(list, s)
		}
	}
	return list
}

func testNested(k *kit) {
	h := newHost()
	in := k.start(h)
	req := k.request("relay", "other", "echo", "there and back")
	k.expectRequest(in, "there and back", req)
	asked := h.requests("other")
	if len(asked) != 1 || asked[0].kind != core.Call || asked[0].function != "echo" {
		k.Fatalf("the host was asked %v", asked)
	}
	if asked[0].parent != req {
		k.Error("the nested call does not name its parent")
	}
}

func testNestedFails(k *kit) {
	in := k.start(newHost())
	e := k.fails(in, core.ErrUser, k.request("relay", "other", "nothing", 1))
	if errors.Is(e, core.ErrNoFunction) || e.Class != "NoFunction" {
		k.Errorf("a nested no_function comes as class %q, want NoFunction", e.Class)
	}
}

func testCast(k *kit) {
	h := newHost()
	in := k.start(h)
	k.expect(in, nil, "tell", "other", "f", 1)
	h.expect(k, "other", "f")
}

func testLog(k *kit) {
	h := newHost()
	in := k.start(h)
	k.expect(in, nil, "note", "a line")
	h.expect(k, "fondaco", "log")
}

// expect waits until a cast of module.function has come: a process sends it on
// its own time.
func (h *host) expect(k *kit, module, function string) {
	k.Helper()
	ok := eventually(func() bool {
		for _, s := range h.requests(module) {
			if s.kind == core.Cast && s.function == function {
				return true
			}
		}
		return false
	})
	if !ok {
		k.Fatalf("%s.%s was not cast", module, function)
	}
}
