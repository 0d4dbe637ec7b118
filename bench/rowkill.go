package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/fondaco/fondaco/codec/cbor"
	codecvalue "github.com/fondaco/fondaco/codec/value"
	"github.com/fondaco/fondaco/core"
)

// familyWorkers is how many workers a killed host had, each with two children.
const familyWorkers = 4

// hostKilled is the time from SIGKILL to the host until its guardian, all
// workers and all their children are gone.
func hostKilled(b *bench) ([]Row, error) {
	var times []float64
	for range 3 * b.rounds {
		took, err := b.killHost()
		if err != nil {
			return nil, err
		}
		times = append(times, millis(took))
	}
	row := Row{Name: "host killed: all its processes gone", Unit: "ms", Ours: quantile(times, 1)}.atMost(100)
	row.Note = fmt.Sprintf("the slowest of %d times; %d workers with a child each in the same and in another session",
		len(times), familyWorkers)
	return []Row{row}, nil
}

func (b *bench) killHost() (time.Duration, error) {
	c, err := b.roleCommand("host", nil)
	if err != nil {
		return 0, err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := c.Start(); err != nil {
		return 0, err
	}
	defer func() { _ = c.Process.Kill() }()
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		return 0, fmt.Errorf("the host: %w", errors.Join(err, c.Wait()))
	}
	var pids []int
	if err := json.Unmarshal(line, &pids); err != nil {
		return 0, err
	}
	for _, pid := range pids {
		if !alive(pid) {
			return 0, fmt.Errorf("process %d does not live", pid)
		}
	}
	start := time.Now()
	if err := c.Process.Kill(); err != nil {
		return 0, err
	}
	_ = c.Wait() // it was killed
	for _, pid := range pids {
		for ; alive(pid); time.Sleep(200 * time.Microsecond) {
			if time.Since(start) > time.Minute {
				return 0, fmt.Errorf("process %d lives a minute after its host", pid)
			}
		}
	}
	return time.Since(start), nil
}

// alive reports whether there is a process that has not ended yet.
func alive(pid int) bool {
	if stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil {
		for i := len(stat) - 1; i >= 0; i-- {
			if stat[i] == ')' {
				return i+2 >= len(stat) || stat[i+2] != 'Z' && stat[i+2] != 'X'
			}
		}
	}
	return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}

// beHost is a server whose workers have children. It prints the process ids of
// all of them and waits to be killed.
func beHost([]byte) error {
	b, err := newBench(time.Second, 1, os.Stderr)
	if err != nil {
		return err
	}
	b.close()
	h, err := serve(nil, b.worker("family", familyWorkers, 1))
	if err != nil {
		return err
	}
	if err := h.standing("family", familyWorkers); err != nil {
		return errors.Join(err, h.end())
	}
	pids := map[int]bool{}
	for limit := time.Now().Add(time.Minute); len(pids) < 3*familyWorkers+1; {
		if time.Now().After(limit) {
			return errors.Join(errors.New("not every worker has children after a minute"), h.end())
		}
		if err := h.families(pids); err != nil {
			return errors.Join(err, h.end())
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(slices.Collect(maps.Keys(pids))); err != nil {
		return err
	}
	select {}
}

// families calls all workers at once and adds the process ids they tell.
func (h *host) families(pids map[int]bool) error {
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		errs []error
	)
	for range familyWorkers {
		wg.Go(func() {
			var told []int
			body, err := h.Handle(h.ctx, &core.Request{Module: "family", Function: "family", Args: core.Body{Codec: cbor.Codec, Data: []byte{0x80}}})
			if err == nil {
				err = codecvalue.Unmarshal(body, &told)
			}
			mu.Lock()
			defer mu.Unlock()
			errs = append(errs, err)
			for _, pid := range told {
				pids[pid] = true
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}
