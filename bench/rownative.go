package main

import (
	"context"
	"testing"

	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/runtime/native"
)

// nativeCalls is what broker and pool cost by themselves: calls of functions
// linked in, one at a time; and what they allocate.
func nativeCalls(b *bench) ([]Row, error) {
	fast := module("fast", func(p *config.Plugin) { p.Native = native.New().Func("echo", echoBytes) })
	h, err := serve(nil, fast, echoModule("typed"), b.worker("worker", 1, 1))
	if err != nil {
		return nil, err
	}
	defer func() { _ = h.end() }()
	names := map[string]string{
		"fast":   "native call, fast form",
		"typed":  "native call, typed form",
		"worker": "worker call, 1 in flight",
	}
	var cells []cell
	order := []string{"fast", "typed", "worker"}
	for _, m := range order {
		cells = append(cells, cost(names[m], func() func() error { return h.caller(m) }))
	}
	r, err := b.interleave(cells...)
	if err != nil {
		return nil, err
	}
	var rows []Row
	for _, m := range order {
		rows = append(rows, r.row(names[m], "", "ns/call"))
	}
	for _, m := range []string{"fast", "worker"} {
		row, err := h.allocations(names[m], m)
		if err != nil {
			return rows, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// echoBytes is echo in the fast form: the argument stands behind the head of
// the list.
func echoBytes(_ context.Context, req *core.Request) (core.Body, error) {
	return core.Body{Codec: req.Args.Codec, Data: append(req.Reply, req.Args.Data[1:]...), Strict: req.Args.Strict}, nil
}

// allocations counts what one call that passes its bytes through allocates in
// this process.
func (h *host) allocations(name, module string) (Row, error) {
	call := h.caller(module)
	var failed error
	n := testing.AllocsPerRun(2000, func() {
		if err := call(); err != nil {
			failed = err
		}
	})
	return Row{Name: name, Unit: "allocs/call", Ours: n}.atMost(0), failed
}
