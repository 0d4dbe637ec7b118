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

// cost turns a sample of one caller into nanoseconds per call.
func cost(c cell) cell {
	return cell{c.name, func(d time.Duration) (sample, error) {
		s, err := c.run(d)
		s.Value = 1e9 / s.Value
		return s, err
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
		one = append(one, cost(h.ours(fmt.Sprintf("native call, %d modules", n), fmt.Sprintf("m%d", n/2), 1)))
		turns = append(turns, cost(h.inTurn(fmt.Sprintf("native call, %d modules in turn", n), n)))
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

// inTurn is a cell with one caller that calls n modules one after the other.
func (h *host) inTurn(name string, n int) cell {
	return cell{name, func(d time.Duration) (sample, error) {
		return load(1, d, func(int) func() error {
			calls := make([]func() error, n)
			for i := range calls {
				calls[i] = h.caller(fmt.Sprintf("m%d", i))
			}
			next := 0
			return func() error {
				next = (next + 1) % n
				return calls[next]()
			}
		})
	}}
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
		cells = append(cells, cost(h.ours(fmt.Sprintf("worker call, %d workers", n), "echo", 1)))
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
