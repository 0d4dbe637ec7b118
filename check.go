package fondaco

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/pool"
)

// Problem is a plugin that cannot serve.
type Problem struct {
	Module string
	Plugin string     // as in messages and statistics
	Pos    config.Pos // of the plugin in the configuration
	Loaded bool       // its code was loaded, but no instance starts
	Err    error      // why
}

// Error returns the module, the plugin and the reason.
func (p *Problem) Error() string {
	what := "cannot be loaded"
	if p.Loaded {
		what = "cannot be started"
	}
	return fmt.Sprintf("module %s: %s %s: %s", p.Module, p.Plugin, what, why(p.Err))
}

// why returns the text of err without the word "unavailable", which goes
// without saying of a plugin that cannot serve.
func why(err error) string {
	var e *core.Error
	if errors.As(err, &e) && e.Kind == core.KindUnavailable && err == error(e) {
		return e.Detail()
	}
	return err.Error()
}

// Unwrap returns the reason.
func (p *Problem) Unwrap() error { return p.Err }

// Problems lists the plugins that could not be loaded, in the order of their
// modules' names. It starts nothing.
func (s *Server) Problems() []*Problem {
	return s.problems(func(*pool.Pool) error { return nil })
}

// Check starts an instance of each plugin that has none, and lists the plugins
// that cannot be loaded or started, in the order of their modules' names. It
// may be called before Serve, or instead of it; Close ends what it started.
// When ctx ends, the plugins that are not up by then are among the problems. A
// worker of the wire ernie does not say when it is ready: it must live for a
// moment.
func (s *Server) Check(ctx context.Context) []*Problem {
	return s.problems(func(p *pool.Pool) error {
		err := p.Warm(ctx, 1)
		if err == nil && p.Spec().Wire == "ernie" {
			err = p.Lasts(ctx, moment)
		}
		return err
	})
}

// moment is how long a worker must live to count as started when it does not
// say hello: interpreters need a part of it to find that a file is missing.
const moment = time.Second

// problems asks start of every plugin that could be loaded.
func (s *Server) problems(start func(*pool.Pool) error) []*Problem {
	var list []*Problem
	for _, name := range s.broker.Modules() {
		state, _ := s.broker.State(name)
		for _, b := range state.Backends {
			switch b := b.(type) {
			case *unavailable:
				list = append(list, &Problem{name, b.name, b.spec.Pos, false, b.err})
			case *pool.Pool:
				if err := start(b); err != nil {
					list = append(list, &Problem{name, b.Name(), b.Spec().Pos, true, err})
				}
			}
		}
	}
	return list
}
