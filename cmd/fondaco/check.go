package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/fondaco/fondaco"
	"github.com/fondaco/fondaco/config"
)

// checkCmd is fondaco check.
type checkCmd struct {
	Config string `short:"c" default:"fondaco.yaml" placeholder:"FILE" help:"The configuration (default: ${default})."`
	Start  bool   `default:"true" negatable:"" help:"Start one instance of each plugin, as the server would."`
}

// Help is the rest of the command's help.
func (*checkCmd) Help() string {
	return `Opens no door. Every problem is one line: file:line:column: what is wrong; what to do. A plugin whose interpreter or library is
missing is told with the package to install. The exit code is 2 when there is any problem.

Examples:

    fondaco check -c fondaco.yaml
    fondaco check --no-start`
}

// Run prints the problems, or what is there.
func (c *checkCmd) Run() error {
	cfg, err := config.Load(c.Config)
	if err != nil {
		return usageError{err}
	}
	doors := len(cfg.Listen)
	cfg.Listen, cfg.Admin.URL, cfg.Log.Access = nil, "none", ""
	problems, err := c.problems(cfg)
	if err != nil {
		return usageError{err}
	}
	for _, p := range problems {
		fmt.Fprintf(os.Stderr, "%s:%d:%d: %v\n", c.Config, p.Pos.Line, p.Pos.Column, p)
	}
	if len(problems) > 0 {
		return usageError{errSaid}
	}
	plugins := 0
	for _, m := range cfg.Modules {
		plugins += len(m.Plugins)
	}
	fmt.Printf("%s: well: %d modules, %d plugins, %d doors\n", c.Config, len(cfg.Modules), plugins, doors)
	return nil
}

// problems loads what cfg has, starts it unless it was told not to, and returns
// what cannot be.
func (c *checkCmd) problems(cfg *config.Config) ([]*fondaco.Problem, error) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	srv, err := fondaco.New(cfg, fondaco.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		return nil, err
	}
	defer func() { _ = srv.Close(ctx) }() // nothing runs there that could fail
	if !c.Start {
		return srv.Problems(), nil
	}
	return srv.Check(ctx), ctx.Err()
}
