package main

import (
	"context"
	"fmt"
	"net"
	"strings"

	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/runtime/native"
)

// echoModule is a native module as a user would write one.
func echoModule(name string) config.Module {
	return module(name, func(p *config.Plugin) {
		p.Native = native.New().Func("echo", native.F1(func(_ context.Context, text string) (string, error) { return text, nil }))
	})
}

// bertRPC is a native module and one Ruby worker behind the BERT-RPC door, with
// a connection for each call, beside a bare server; and kept connections beside
// those. The clients are a process of their own on the same machine.
func bertRPC(b *bench) ([]Row, error) {
	modules := []config.Module{echoModule("native")}
	ruby := plainLanguages()[2]
	program, _ := ruby.interpreter()
	if program != "" {
		m, err := b.plain(ruby, program, inFlight)
		if err != nil {
			return nil, err
		}
		modules = append(modules, m)
	}
	h, err := serve([]config.Door{config.DefaultDoor("bert://127.0.0.1:0")}, modules...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = h.end() }()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer func() { _ = l.Close() }()
	go bareServer(l)
	door := strings.TrimPrefix(h.Doors()[0], "bert://")
	var rows []Row
	for _, n := range []int{8, inFlight} {
		more, err := b.bertClients(n, door, l.Addr().String(), program != "")
		if err != nil {
			return rows, err
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

func (b *bench) bertClients(n int, door, bare string, ruby bool) ([]Row, error) {
	name := func(what string) string { return fmt.Sprintf("BERT-RPC, %d clients, %s", n, what) }
	floor, direct, worker, kept := fmt.Sprintf("bare server, %d", n), name("native"), name("one Ruby worker"), name("kept")
	cells := []cell{
		b.clients(direct, clientJob{Addr: door, Module: "native", Count: n}),
		b.clients(floor, clientJob{Addr: bare, Module: "native", Count: n}),
		b.clients(kept, clientJob{Addr: door, Module: "native", Count: n, Keep: true}),
	}
	if ruby {
		cells = append(cells, b.clients(worker, clientJob{Addr: door, Module: "Ruby", Count: n}))
	}
	r, err := b.interleave(cells...)
	if err != nil {
		return nil, err
	}
	const unit = "calls/s"
	rows := []Row{r.row(direct, floor, unit).ratioAtLeast(0.85)}
	if ruby {
		rows = append(rows, r.row(worker, floor, unit).ratioAtLeast(0.40))
	} else {
		rows = append(rows, skipped(worker, "ruby is not installed"))
	}
	last := r.row(kept, direct, unit).ratioAtLeast(4)
	last.Floor = "a connection per call"
	return append(rows, last), nil
}
