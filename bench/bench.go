package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"
)

// quickRound is the time of a cell under -quick.
const quickRound = 10 * time.Millisecond

// bench is one run: how long, how often, and where things lie.
type bench struct {
	round  time.Duration // of one cell
	rounds int
	self   string // this binary, for processes of their own
	dir    string // for sockets and plugin files; removed at the end
	log    io.Writer
}

// benchmark makes some rows of the table.
type benchmark struct {
	name string
	run  func(b *bench) ([]Row, error)
}

// all lists the benchmarks in the order of the table.
func all() []benchmark {
	return []benchmark{
		{"goworker", goWorker},
		{"latency", latency},
		{"languages", languages},
		{"bertrpc", bertRPC},
		{"growth", growth},
		{"native", nativeCalls},
		{"kill", hostKilled},
		{"start", workerStart},
		{"reload", reloadUnderLoad},
	}
}

func names() []string {
	var list []string
	for _, a := range all() {
		list = append(list, a.name)
	}
	return list
}

func newBench(round time.Duration, rounds int, log io.Writer) (*bench, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find the own binary: %w", err)
	}
	dir, err := os.MkdirTemp("", "fondaco-bench-")
	if err != nil {
		return nil, fmt.Errorf("a folder for sockets: %w", err)
	}
	return &bench{round: round, rounds: rounds, self: self, dir: dir, log: log}, nil
}

func (b *bench) close() { _ = os.RemoveAll(b.dir) }

// measure runs the benchmarks whose name contains only. One that fails is
// reported and spoils no other.
func (b *bench) measure(only string) (r Report, failed bool) {
	r = Report{Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH, CPUs: runtime.NumCPU(),
		Rounds: b.rounds, Round: b.round.String(), Started: time.Now()}
	for _, a := range all() {
		if !strings.Contains(a.name, only) {
			continue
		}
		fmt.Fprintf(b.log, "%s ...\n", a.name)
		rows, err := a.run(b)
		if err != nil {
			fmt.Fprintf(b.log, "%s: %v\n", a.name, err)
			rows, failed = append(rows, skipped(a.name, "failed: "+err.Error())), true
		}
		r.Rows = append(r.Rows, rows...)
	}
	return r, failed
}
