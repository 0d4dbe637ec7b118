package main

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// reloadUnderLoad is the slowest call of eight callers to a pool of Go workers
// while its module is reloaded again and again, beside the same without
// reloads; and how many calls failed.
func reloadUnderLoad(b *bench) ([]Row, error) {
	h, err := serve(nil, b.worker("echo", 2, inFlight))
	if err != nil {
		return nil, err
	}
	defer func() { _ = h.end() }()
	if err := h.standing("echo", 2); err != nil {
		return nil, err
	}
	var failed, reloads atomic.Int64
	const with, without = "slowest call while reloading", "no reload"
	r, err := b.interleave(
		cell{with, func(d time.Duration) (sample, error) {
			end := h.reloading("echo", &reloads)
			s := h.slowest(d, &failed)
			return s, end()
		}},
		cell{without, func(d time.Duration) (sample, error) { return h.slowest(d, &failed), nil }},
	)
	if err != nil {
		return nil, err
	}
	row := r.row(with, without, "ms")
	row.Note = fmt.Sprintf("%d reloads of 2 Go workers under 8 callers", reloads.Load())
	lost := Row{Name: "calls failed while reloading", Unit: "calls", Ours: float64(failed.Load())}.atMost(0)
	return []Row{row, lost}, nil
}

// slowest calls with eight callers and returns the slowest call. A call that
// fails is counted.
func (h *host) slowest(d time.Duration, failed *atomic.Int64) sample {
	const callers = 8
	var worst [callers]time.Duration
	s, _ := loadEvery(callers, 1, d, func(i int) func() error { // no call returns an error
		call := h.caller("echo")
		return func() error {
			start := time.Now()
			if call() != nil {
				failed.Add(1)
			}
			worst[i] = max(worst[i], time.Since(start))
			return nil
		}
	})
	s.Value = 0
	for _, w := range worst {
		s.Value = max(s.Value, millis(w))
	}
	return s
}

// reloading reloads the module until the function it returns is called, once at
// least.
func (h *host) reloading(module string, reloads *atomic.Int64) (end func() error) {
	var wg sync.WaitGroup
	var stop atomic.Bool
	var err error
	wg.Go(func() {
		for once := true; (once || !stop.Load()) && err == nil; once = false {
			err = h.Reload(h.ctx, module)
			reloads.Add(1)
		}
	})
	return func() error {
		stop.Store(true)
		wg.Wait()
		return err
	}
}
