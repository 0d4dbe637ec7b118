package main

import (
	"time"

	"github.com/fondaco/fondaco/config"
)

// workerStart is the time from the first call of a module, whose worker has to
// be started, to its answer.
func workerStart(b *bench) ([]Row, error) {
	mods := []config.Module{b.worker("first", 1, 1), b.lazy("Go")}
	order := []string{"Go"}
	for _, l := range plainLanguages() {
		program, _ := l.interpreter()
		if program == "" {
			continue
		}
		m, err := b.plain(l, program, 1)
		if err != nil {
			return nil, err
		}
		mods, order = append(mods, m), append(order, l.name)
	}
	times := make(map[string][]float64)
	for range b.rounds {
		if err := startAll(mods, order, times); err != nil {
			return nil, err
		}
	}
	var rows []Row
	for _, name := range order {
		row := Row{Name: name + " worker, first answer", Unit: "ms", Ours: median(times[name])}
		row.Note = "fork, exec, load and one call, when the guardian runs already"
		rows = append(rows, row)
	}
	return rows, nil
}

// lazy makes a module like worker whose worker starts with the first call.
func (b *bench) lazy(name string) config.Module {
	m := b.worker(name, 1, 1)
	m.Plugins[0].Workers.Min = 0
	return m
}

// startAll makes one call to each module of a fresh server, and notes the
// times. The first module's call starts the guardian.
func startAll(mods []config.Module, order []string, times map[string][]float64) error {
	h, err := serve(nil, mods...)
	if err != nil {
		return err
	}
	defer func() { _ = h.end() }()
	if err := h.caller("first")(); err != nil {
		return err
	}
	for _, name := range order {
		start := time.Now()
		if err := h.caller(name)(); err != nil {
			return err
		}
		times[name] = append(times[name], millis(time.Since(start)))
	}
	return nil
}
