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
	return `The columns of the table, which has one line for each plugin:

    MODULE     the name that callers use
    PLUGIN     the file or command; a module's plugins are tried in this order
    RUNTIME    what runs it
    GEN        the generation: counts the module's reloads
    STATE      idle (starts with the next call), starting, serving, down (died
               too often), unavailable (cannot be loaded) or disabled
    CALLS      calls that came back, well or not
    ERRORS     those of them that failed
    WAIT       calls that wait for an instance, of high + low priority
    RUN        calls that run
    INSTANCES  copies of the plugin that live / may live at most
    MEMORY     resident memory of its worker processes

Below it stands why a plugin does not serve, or why calls wait though none runs.

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
			generation, instances := "-", "-"
			if m.Enabled {
				generation, instances = fmt.Sprint(p.Generation), fmt.Sprintf("%d/%d", len(p.Instances), p.Max)
			}
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%d\t%d\t%d+%d\t%d\t%s\t%s\n", m.Module, p.Plugin, p.Runtime, generation, p.State,
				p.Calls, p.Errors, p.Queue.High, p.Queue.Low, p.Running, instances, memory(p.Instances))
			for _, reason := range []string{p.Reason, stuck(p)} {
				if reason != "" {
					reasons = append(reasons, fmt.Sprintf("%s (%s): %s", m.Module, p.Plugin, reason))
				}
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

// stuck tells why a plugin's calls wait though none runs, or "".
func stuck(p admin.PluginInfo) string {
	if p.Queue.High+p.Queue.Low == 0 || p.Running > 0 {
		return ""
	}
	calls := 0
	for _, in := range p.Instances {
		calls += in.Lingering
	}
	switch {
	case calls > 0:
		return fmt.Sprintf("calls wait because its instances still work on %d whose callers have gone", calls)
	case p.State == "starting":
		return "calls wait for its first instance to start"
	}
	return ""
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
