package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/fondaco/fondaco"
	"github.com/fondaco/fondaco/codec/cbor"
	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/core"
)

// payload is the text that calls carry: 100 bytes.
func payload() string { return strings.Repeat("0123456789", 10) }

// value returns the payload as a CBOR text, and arguments a list of it.
func value() []byte     { return append([]byte{0x78, 100}, payload()...) }
func arguments() []byte { return append([]byte{0x81}, value()...) }

// host is a server of this process, without doors unless some are asked for.
type host struct {
	*fondaco.Server
	ctx    context.Context
	cancel context.CancelFunc
	served chan error
}

// serve starts a server for the modules. What it logs is kept off the table.
func serve(doors []config.Door, modules ...config.Module) (*host, error) {
	cfg := &config.Config{Admin: config.Admin{URL: "none"}, Listen: doors, Modules: modules}
	s, err := fondaco.New(cfg, fondaco.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	h := &host{s, ctx, cancel, make(chan error, 1)}
	go func() { h.served <- s.Serve(ctx) }()
	<-s.Ready()
	if problems := s.Problems(); len(problems) > 0 {
		return nil, errors.Join(fmt.Errorf("%v", problems), h.end())
	}
	return h, nil
}

// end stops the server and all it started.
func (h *host) end() error {
	h.cancel()
	return <-h.served
}

// module makes a module of one plugin.
func module(name string, change func(p *config.Plugin)) config.Module {
	p := config.DefaultPlugin()
	p.Module = name
	change(&p)
	return config.Module{Name: name, Plugins: []config.Plugin{p}}
}

// caller returns a function that calls module.echo with the payload and
// compares the answer. It is for one goroutine.
func (h *host) caller(module string) func() error { return h.callerOf(module, "echo") }

// callerOf is caller for a function that echoes under another name.
func (h *host) callerOf(module, function string) func() error {
	want := value()
	args := core.Body{Codec: cbor.Codec, Data: arguments(), Strict: true}
	reply := make([]byte, 0, 256)
	req := new(core.Request)
	return func() error {
		*req = core.Request{Module: module, Function: function, Args: args, Reply: reply}
		body, err := h.Handle(h.ctx, req)
		if err != nil {
			return err
		}
		if !bytes.Equal(body.Data, want) {
			return fmt.Errorf("%s.%s answered %x, not %x", module, function, body.Data, want)
		}
		return nil
	}
}

// ours is a cell that calls module.function with so many callers.
func (h *host) ours(name, module, function string, callers int) cell {
	return cell{name, func(d time.Duration) (sample, error) {
		return load(callers, d, func(int) func() error { return h.callerOf(module, function) })
	}}
}
