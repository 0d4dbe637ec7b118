package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/fondaco/fondaco"
	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/door"
)

// runCmd is fondaco run.
type runCmd struct {
	Files    []string `arg:"" name:"file" placeholder:"FILE" help:"Plugins. Each is a module named after it; files of one name shadow each other in order."`
	Listen   []string `short:"l" sep:"none" placeholder:"URL" help:"A door: bert://host:port or http://host:port; repeatable. Port 0 picks a free one."`
	Admin    string   `placeholder:"URL" help:"Where the server is steered from: unix:///path, http://host:port?token_file=FILE, or none."`
	LogLevel string   `enum:"debug,info,warn,error" default:"info" help:"What is worth a line: ${enum}."`
}

// Help is the rest of the command's help.
func (*runCmd) Help() string {
	return `The file's extension tells what runs it: .lua is embedded; .py, .pl, .rb and .js run in worker processes that are started when they are
needed; an executable file is a worker by itself.

Without --listen there are bert://127.0.0.1:8000 and http://127.0.0.1:8080. One line "listening URL" goes to standard error for each door
once it answers.
A door's settings go into the query of its URL: --listen "bert://127.0.0.1:8000?idle=5s&max_message=1MiB".

SIGTERM and SIGINT let the calls in flight finish; a second one, at least 250ms later, ends the server at once. SIGHUP loads the files again.

Examples:

    fondaco run math.lua words.py
    fondaco run fast/math.lua slow/math.py        # math.py answers what math.lua has not
    fondaco run --listen bert://127.0.0.1:0 math.lua`
}

// Run serves until it is told to stop.
func (c *runCmd) Run() error {
	cfg, err := config.ForFiles(c.Files, c.Listen, c.Admin)
	if err != nil {
		return usageError{err}
	}
	cfg.Log.Level = c.LogLevel
	return serve(cfg, "--listen URL")
}

// serveCmd is fondaco serve.
type serveCmd struct {
	Config string `short:"c" default:"fondaco.yaml" placeholder:"FILE" help:"The configuration (default: ${default})."`
}

// Help is the rest of the command's help.
func (*serveCmd) Help() string {
	return `docs/configuration.md has all keys. A wrong file is refused with what is wrong, where, and what to do; fondaco check does the same
without serving. A plugin whose language is not installed leaves its module unavailable, and the server starts.

One line "listening URL" goes to standard error for each door once it answers. SIGTERM and SIGINT let the calls in flight finish;
a second one, at least 250ms later, ends the server at once. SIGHUP reads the file again.

Example:

    fondaco serve -c /etc/fondaco/fondaco.yaml`
}

// Run serves until it is told to stop.
func (c *serveCmd) Run() error {
	cfg, err := config.Load(c.Config)
	if err != nil {
		return usageError{err}
	}
	return serve(cfg, "listen: in "+c.Config)
}

// newLogger returns a logger to standard error.
func newLogger(spec config.Log) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(spec.Level)) // config knows the words; else it is info
	options := &slog.HandlerOptions{Level: level}
	if spec.Format == "json" {
		return slog.New(slog.NewJSONHandler(os.Stderr, options))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, options))
}

// serve runs a server until a signal or the admin API ends it. listen is how
// its doors are chosen.
func serve(cfg *config.Config, listen string) error {
	log := newLogger(cfg.Log)
	srv, err := fondaco.New(cfg, fondaco.WithLogger(log))
	if err != nil {
		return usageError{taken(err, listen)}
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	// Whoever reads the log may go: its loss must not be the server's end. The
	// signal is caught, not ignored, which workers would inherit.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	o := obedience{log: log, stop: cancel, reload: make(chan struct{}, 1), exit: os.Exit, now: time.Now}
	go func() {
		for range o.reload {
			if err := srv.ReloadConfig(ctx); err != nil {
				log.Error("reload failed", "error", err)
			}
		}
	}()
	go func() {
		select {
		case <-srv.Ready():
			for _, url := range srv.Doors() {
				fmt.Fprintln(os.Stderr, "listening", url)
			}
		case <-ctx.Done():
		}
	}()
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(ctx) }()
	for halted := srv.Halted(); ; {
		select {
		case s := <-signals:
			o.obey(s)
		case <-halted:
			halted = nil
			o.halted()
		case err := <-ended:
			select {
			case <-halted:
				o.halted()
			default:
			}
			log.Info("ended")
			return err
		}
	}
}

// taken says why a door cannot be opened, and how it is chosen.
func taken(err error, listen string) error {
	var d *door.Error
	if !errors.As(err, &d) {
		return err
	}
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("door %s: the port is in use; stop who has it, or choose another with %s (port 0 picks a free one)", d.URL, listen)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("door %s: this user may not listen there; choose a port above 1023 with %s", d.URL, listen)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Errorf("door %s: this machine does not have that address; choose another with %s", d.URL, listen)
	}
	return err
}
