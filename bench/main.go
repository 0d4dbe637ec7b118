package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	"github.com/fondaco/fondaco/guardian"
)

func main() {
	guardian.Main()
	playRole()
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run is the command: 0 when everything could be measured, met or not.
func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	asJSON := flags.Bool("json", false, "print JSON instead of a table")
	quick := flags.Bool("quick", false, "a few milliseconds for everything: shows that it works, not how fast")
	only := flags.String("only", "", "run only benchmarks whose name contains this: "+strings.Join(names(), ", "))
	round := flags.Duration("round", 300*time.Millisecond, "the time of one cell in one round")
	rounds := flags.Int("rounds", 9, "how many rounds")
	profile := flags.String("cpuprofile", "", "write a processor profile of this process, the host's side, to this file")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if flags.NArg() > 0 || *round <= 0 || *rounds < 1 {
		fmt.Fprintln(stderr, "bench: no arguments are known; -round and -rounds must be positive")
		return 2
	}
	if !slices.ContainsFunc(names(), func(name string) bool { return strings.Contains(name, *only) }) {
		fmt.Fprintf(stderr, "bench: -only %s: there are %s\n", *only, strings.Join(names(), ", "))
		return 2
	}
	b, err := newBench(*round, *rounds, stderr)
	if err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return 1
	}
	defer b.close()
	if *quick {
		b.round, b.rounds = quickRound, 1
	}
	stop, err := startProfile(*profile)
	if err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return 1
	}
	report, failed := b.measure(*only)
	stop()
	if *asJSON {
		err = report.json(stdout)
	} else {
		err = report.table(stdout)
	}
	if err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return 1
	}
	if failed {
		return 1
	}
	return 0
}

// startProfile writes a processor profile to file until the function it returns
// is called; it does nothing for "".
func startProfile(file string) (stop func(), err error) {
	if file == "" {
		return func() {}, nil
	}
	f, err := os.Create(file)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() {
		pprof.StopCPUProfile()
		_ = f.Close()
	}, nil
}
