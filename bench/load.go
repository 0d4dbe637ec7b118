package main

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// timeEvery: the callers of load take the time of one call in so many, for the
// clock costs as much as a part of a call.
const timeEvery = 16

// load lets callers goroutines call for d, and returns calls per second. make
// is called once per caller, in order, for the function that makes one call.
func load(callers int, d time.Duration, make func(caller int) func() error) (sample, error) {
	return loadEvery(callers, timeEvery, d, make)
}

// loadEvery is load with the time of one call in every taken.
func loadEvery(callers, every int, d time.Duration, make func(caller int) func() error) (sample, error) {
	var (
		stop  atomic.Bool
		calls atomic.Int64
		wg    sync.WaitGroup
		mu    sync.Mutex
		errs  []error
		times []float64
	)
	start := time.Now()
	for i := range callers {
		call := make(i)
		wg.Go(func() {
			n, took, err := repeat(call, every, &stop)
			calls.Add(n)
			mu.Lock()
			defer mu.Unlock()
			times = append(times, took...)
			if err != nil {
				stop.Store(true)
				errs = append(errs, err)
			}
		})
	}
	timer := time.AfterFunc(d, func() { stop.Store(true) })
	defer timer.Stop()
	wg.Wait()
	elapsed := time.Since(start)
	if len(errs) > 0 {
		return sample{}, errors.Join(errs[:min(len(errs), 3)]...)
	}
	return sample{float64(calls.Load()) / elapsed.Seconds(), quantile(times, 0.50), quantile(times, 0.99)}, nil
}

// repeat calls until stop, at least once.
func repeat(call func() error, every int, stop *atomic.Bool) (n int64, times []float64, err error) {
	for ok := true; ok; ok = !stop.Load() {
		timed := n%int64(every) == 0
		var start time.Time
		if timed {
			start = time.Now()
		}
		if err = call(); err != nil {
			return n, times, err
		}
		if timed {
			times = append(times, micros(time.Since(start)))
		}
		n++
	}
	return n, times, nil
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
