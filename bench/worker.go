package main

import (
	"context"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/plugin"
)

// beWorker is a compiled worker. Its function echo gets the bytes as they came,
// like the functions of the peers; text decodes and encodes, as most functions
// of users do.
func beWorker([]byte) error {
	m := plugin.New()
	m.Func("echo", echoBytes)
	m.Func("text", plugin.F1(func(_ context.Context, text string) (string, error) { return text, nil }))
	pids := family()
	m.Func("family", func(ctx context.Context) ([]int, error) {
		// Calls that are made side by side come to all workers this way.
		if err := plugin.Sleep(ctx, 10*time.Millisecond); err != nil {
			return nil, err
		}
		return pids()
	})
	return plugin.Serve(m)
}

// family starts, at its first call, two children that never end by themselves,
// one of them in a session of its own, and returns the process ids of all: the
// children's, the worker's and its parent's.
func family() func() ([]int, error) {
	return sync.OnceValues(func() ([]int, error) {
		near := exec.Command("sleep", "1000")
		if err := near.Start(); err != nil {
			return nil, err
		}
		far := exec.Command("sleep", "1000")
		far.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		if err := far.Start(); err != nil {
			return nil, err
		}
		return []int{syscall.Getppid(), syscall.Getpid(), near.Process.Pid, far.Process.Pid}, nil
	})
}

// worker makes a module whose plugin is this binary as a compiled worker.
func (b *bench) worker(name string, workers, concurrency int) config.Module {
	return module(name, func(p *config.Plugin) {
		p.File = b.self
		p.Env = map[string]string{roleVariable: "worker"}
		p.Workers.Min, p.Workers.Max = workers, workers
		p.Concurrency = concurrency
	})
}
