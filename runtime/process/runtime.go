//go:build unix

// Package process runs plugins as worker processes, which speak the wire
// `fondaco` or `ernie` (docs/protocol.md).
//
// A worker is started through a guardian, gets its socket as descriptor 3, and
// logs by printing. A plain file in a language that package sdk knows is run
// by that language's launcher; an executable file is a worker by itself; a
// command brings its own program.
package process

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/guardian"
	"github.com/fondaco/fondaco/pool"
	"github.com/fondaco/fondaco/wire/frame"
	"github.com/fondaco/fondaco/wire/link"
)

// Spawner starts processes. *guardian.Guardian is one.
type Spawner interface {
	Spawn(ctx context.Context, c guardian.Command) (*guardian.Process, error)
}

// Options of a Runtime.
type Options struct {
	Spawner Spawner
	Log     *slog.Logger  // what workers print, and what goes wrong; nil: slog.Default
	Limit   int           // bytes of one message to or from a worker; default 64 MiB
	Grace   time.Duration // for cancelled calls, see link.Options; default one second
}

// Runtime loads plugins that run as processes. It implements pool.Runtime and
// is safe for concurrent use.
type Runtime struct {
	opts   Options
	poller *link.Poller
}

// New returns a Runtime. It holds nothing but what its plugins and their
// instances hold.
func New(opts Options) *Runtime {
	if opts.Log == nil {
		opts.Log = slog.Default()
	}
	if opts.Limit == 0 {
		opts.Limit = frame.DefaultLimit - 4
	}
	if opts.Grace == 0 {
		opts.Grace = time.Second
	}
	return &Runtime{opts: opts, poller: link.NewPoller()}
}

// Load finds out how the plugin's workers are started and keeps the text of
// plain files, so that a later start does not pick up newer code. It fails
// with core.ErrUnavailable when the interpreter is not installed.
func (r *Runtime) Load(_ context.Context, spec config.Plugin) (pool.Plugin, error) {
	p := &plugin{runtime: r, spec: spec}
	var err error
	switch spec.Wire {
	case "", "fondaco":
		p.begin = p.beginFondaco
	case "ernie":
		p.begin = p.beginErnie
	default:
		return nil, fmt.Errorf("%s: the wire %q is not known: use fondaco or ernie", p.name(), spec.Wire)
	}
	if p.settings, err = settings(spec); err != nil {
		return nil, err
	}
	if spec.Command != "" {
		p.program = shell(spec.Command)
	} else if p.program, err = find(spec); err != nil {
		return nil, err
	}
	return p, nil
}

// plugin is what Load made: how to start a worker.
type plugin struct {
	runtime  *Runtime
	spec     config.Plugin
	program  *program
	settings []string // environment
	begin    func(ctx context.Context, host core.Handler, first bool) (pool.Instance, error)
	first    atomic.Bool // whether some worker runs, or has run, the plugin's init
}

// New starts a worker and waits until it is ready for calls. The first one
// runs the plugin's init; when it fails, the next is the first.
func (p *plugin) New(ctx context.Context, host core.Host) (pool.Instance, error) {
	first := p.first.CompareAndSwap(false, true)
	i, err := p.begin(ctx, host, first)
	if err != nil && first {
		p.first.Store(false)
	}
	return i, err
}

// Close gives up the kept text.
func (p *plugin) Close() error { return p.program.close() }

// name is the plugin's, as messages have it.
func (p *plugin) name() string {
	if p.spec.Command != "" {
		return p.spec.Module + " (" + p.spec.Command + ")"
	}
	return p.spec.Module + " (" + p.spec.File + ")"
}
