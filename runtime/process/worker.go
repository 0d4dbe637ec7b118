//go:build unix

package process

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/guardian"
)

const (
	exitWait = 250 * time.Millisecond // for the exit of a worker that closed its connection
	killWait = 5 * time.Second        // for the exit of a worker that was killed
	tailWait = 100 * time.Millisecond // for the end of its output after that
)

// worker is one running process and what it prints.
type worker struct {
	name    string // of the plugin
	process *guardian.Process
	output  *output
}

// spawn starts a worker that gets the given files from descriptor 3 on, and
// env besides the plugin's settings. The files stay the caller's.
func (p *plugin) spawn(ctx context.Context, files []*os.File, env []string) (*worker, error) {
	args, texts, code, err := p.program.open(3 + len(files))
	if err != nil {
		return nil, fmt.Errorf("start a worker of %s: %w", p.name(), err)
	}
	defer closeAll(texts)
	var pipes []*os.File
	for range 2 {
		r, w, err := os.Pipe()
		if err != nil {
			closeAll(pipes)
			return nil, fmt.Errorf("start a worker of %s: %w", p.name(), err)
		}
		pipes = append(pipes, r, w)
	}
	command := guardian.Command{
		Path: p.program.path, Args: args, Dir: p.spec.Dir, Stdout: pipes[1], Stderr: pipes[3],
		Env:   append(append(append([]string(nil), p.settings...), env...), code...),
		Files: append(append([]*os.File(nil), files...), texts...),
	}
	process, err := p.runtime.opts.Spawner.Spawn(ctx, command)
	closeAll([]*os.File{pipes[1], pipes[3]})
	if err != nil {
		closeAll([]*os.File{pipes[0], pipes[2]})
		if errors.Is(err, fs.ErrNotExist) {
			return nil, &core.Error{Kind: core.KindUnavailable, Message: "start a worker of " + p.name(), Err: err}
		}
		return nil, fmt.Errorf("start a worker of %s: %w", p.name(), err)
	}
	log := p.runtime.opts.Log.With("module", p.spec.Module, "plugin", p.file(), "pid", process.Pid())
	return &worker{name: p.name(), process: process, output: collect(log, pipes[0], pipes[2])}, nil
}

func (p *plugin) file() string {
	if p.spec.File != "" {
		return p.spec.File
	}
	return p.spec.Command
}

// exited waits up to limit for the worker's exit.
func (w *worker) exited(limit time.Duration) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-w.process.Done():
		return true
	case <-timer.C:
		return false
	}
}

// end makes sure that the worker has ended and says how, for people: its exit
// status if it left by itself within the given time, else that it was killed.
func (w *worker) end(patience time.Duration) string {
	how := ""
	if patience > 0 && w.exited(patience) {
		how = w.process.State().String()
	} else {
		how = "it was killed"
		_ = w.process.Kill()
		if !w.exited(killWait) {
			how = "it could not be killed"
		}
	}
	if tail := w.output.last(tailWait); tail != "" {
		how += "; it last printed:\n" + tail
	}
	return how
}
