package main

import (
	"context"
	stdjson "encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/fondaco/fondaco/admin"
)

// statsCmd is fondaco stats.
type statsCmd struct {
	JSON bool `name:"json" help:"Print what GET /v1/modules answers."`
	finder
}

// Help is the rest of the command's help.
func (*statsCmd) Help() string {
	return `One line for each plugin: its module, runtime, generation and state; the calls that came back, and of them the errors; the calls that
wait (high+low priority) and run; its instances of so many at most, and the memory of its workers.

` + findHelp
}

// Run prints the statistics.
func (c *statsCmd) Run() error {
	return c.steer(func(ctx context.Context, cl *admin.Client) error {
		s, err := cl.Stats(ctx)
		if err != nil {
			return err
		}
		if c.JSON {
			enc := stdjson.NewEncoder(os.Stdout)
			if isTerminal(os.Stdout) {
				enc.SetIndent("", "  ")
			}
			return enc.Encode(s.Modules)
		}
		return printStats(os.Stdout, s, time.Now())
	})
}

// printStats prints the table.
func printStats(w io.Writer, s admin.Stats, now time.Time) error {
	up := now.Sub(s.Server.Started).Truncate(time.Second)
	fmt.Fprintf(w, "fondaco %s, pid %d, up %s\n", s.Server.Version, s.Server.Pid, up)
	for _, d := range s.Server.Doors {
		fmt.Fprintf(w, "listening %s, %d connections, %d requests\n", d.URL, d.Connections, d.Requests)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\nMODULE\tPLUGIN\tRUNTIME\tGEN\tSTATE\tCALLS\tERRORS\tWAIT\tRUN\tINSTANCES\tMEMORY")
	var reasons []string
	for _, m := range s.Modules {
		for _, p := range m.Plugins {
			fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%s\t%d\t%d\t%d+%d\t%d\t%d/%d\t%s\n", m.Module, p.Plugin, p.Runtime, p.Generation, p.State,
				p.Calls, p.Errors, p.Queue.High, p.Queue.Low, p.Running, len(p.Instances), p.Max, memory(p.Instances))
			if p.Reason != "" {
				reasons = append(reasons, fmt.Sprintf("%s (%s): %s", m.Module, p.Plugin, p.Reason))
			}
		}
		if !m.Enabled {
			reasons = append(reasons, fmt.Sprintf("%s: disabled by %s", m.Module, m.DisabledBy))
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if len(reasons) > 0 {
		fmt.Fprintln(w)
	}
	_, err := io.WriteString(w, strings.Join(append(reasons, ""), "\n"))
	return err
}

// memory adds up the resident memory of instances.
func memory(list []admin.InstanceInfo) string {
	var sum int64
	for _, in := range list {
		sum += in.RSS
	}
	if sum == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1fMiB", float64(sum)/(1<<20))
}
