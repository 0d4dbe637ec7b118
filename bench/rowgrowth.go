package main

import (
	"fmt"
	"time"

	"github.com/fondaco/fondaco/config"
)

// growth is what a call costs when there are more modules, and when there are
// more workers in the pool.
func growth(b *bench) ([]Row, error) {
	rows, err := b.growingTable()
	if err != nil {
		return rows, err
	}
	more, err := b.growingPool()
	return append(rows, more...), err
}

// batch is the least time of calls that are timed together where calls are too
// short for the clock.
const batch = 50 * time.Microsecond

// cost is a cell with one caller. Its value is the time of a call in
// nanoseconds: the median of short batches, which the rest of the machine
// disturbs less than a mean.
func cost(name string, start func() func() error) cell {
	return cell{name, func(d time.Duration) (sample, error) {
		call := start()
		var times []float64
		for n, end := 1, time.Now().Add(d); len(times) == 0 || time.Now().Before(end); {
			began := time.Now()
			for range n {
				if err := call(); err != nil {
					return sample{}, err
				}
			}
			took := time.Since(began)
			if took < batch {
				n *= 2
				times = times[:0]
				continue
			}
			times = append(times, float64(took)/float64(n))
		}
		return sample{Value: median(times)}, nil
	}}
}

// growingTable calls native modules of servers with 1, 100 and 1,000 of them:
// one always, and all in turn.
func (b *bench) growingTable() (rows []Row, err error) {
	var one, turns []cell
	counts := []int{1, 100, 1000}
	for _, n := range counts {
		modules := make([]config.Module, n)
		for i := range modules {
			modules[i] = echoModule(fmt.Sprintf("m%d", i))
		}
		h, err := serve(nil, modules...)
		if err != nil {
			return nil, err
		}
		defer func() { _ = h.end() }()
		one = append(one, cost(fmt.Sprintf("native call, %d modules", n), func() func() error { return h.caller(fmt.Sprintf("m%d", n/2)) }))
		turns = append(turns, cost(fmt.Sprintf("native call, %d modules in turn", n), func() func() error { return h.inTurn(n) }))
	}
	for _, cells := range [][]cell{one, turns} {
		r, err := b.interleave(cells...)
		if err != nil {
			return nil, err
		}
		for _, c := range cells[1:] {
			rows = append(rows, r.row(c.name, cells[0].name, "ns/call"))
		}
	}
	for i := range one[1:] {
		rows[i] = rows[i].ratioAtMost(1.1)
	}
	return rows, nil
}

// inTurn returns a function that calls n modules one after the other.
func (h *host) inTurn(n int) func() error {
	calls := make([]func() error, n)
	for i := range calls {
		calls[i] = h.caller(fmt.Sprintf("m%d", i))
	}
	next := 0
	return func() error {
		next = (next + 1) % n
		return calls[next]()
	}
}

// growingPool calls Go workers of which 1, 8 and 64 stand ready, one call at a
// time.
func (b *bench) growingPool() (rows []Row, err error) {
	var cells []cell
	for _, n := range []int{1, 8, 64} {
		h, err := serve(nil, b.worker("echo", n, 1))
		if err != nil {
			return nil, err
		}
		defer func() { _ = h.end() }()
		if err := h.standing("echo", n); err != nil {
			return nil, err
		}
		cells = append(cells, cost(fmt.Sprintf("worker call, %d workers", n), func() func() error { return h.caller("echo") }))
	}
	r, err := b.interleave(cells...)
	if err != nil {
		return nil, err
	}
	for _, c := range cells[1:] {
		rows = append(rows, r.row(c.name, cells[0].name, "ns/call").ratioAtMost(1.1))
	}
	return rows, nil
}

// standing waits until the module has n instances.
func (h *host) standing(module string, n int) error {
	have := 0
	for limit := time.Now().Add(time.Minute); time.Now().Before(limit); time.Sleep(10 * time.Millisecond) {
		for _, m := range h.Modules() {
			if m.Module == module {
				have = len(m.Plugins[0].Instances)
			}
		}
		if have >= n {
			return nil
		}
	}
	return fmt.Errorf("%s has only %d of %d workers after a minute", module, have, n)
}
