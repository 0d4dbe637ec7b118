package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"
	"time"
)

// Report is what -json prints.
type Report struct {
	Go      string    `json:"go"`
	System  string    `json:"system"`
	CPUs    int       `json:"cpus"`
	Rounds  int       `json:"rounds"`
	Round   string    `json:"round"`
	Started time.Time `json:"started"`
	Rows    []Row     `json:"rows"`
}

// Row is one figure beside its floor.
type Row struct {
	Name   string  `json:"name"`
	Unit   string  `json:"unit,omitempty"`
	Ours   float64 `json:"ours"`              // median of the rounds
	Floor  string  `json:"floor,omitempty"`   // what it is compared with
	Figure float64 `json:"figure,omitempty"`  // the floor's median
	Ratio  float64 `json:"ratio,omitempty"`   // median of ours/floor in each round
	Target string  `json:"target,omitempty"`  // for Ours, or with an x for Ratio
	Met    *bool   `json:"met,omitempty"`     // nil: no target
	P50    float64 `json:"p50_us,omitempty"`  // of one call, microseconds
	P99    float64 `json:"p99_us,omitempty"`  // of one call, microseconds
	Note   string  `json:"note,omitempty"`    // what else must be known
	Skip   string  `json:"skipped,omitempty"` // why nothing was measured
}

func skipped(name, why string) Row { return Row{Name: name, Skip: why} }

// want sets a target for the figure itself, or with ratio for the ratio.
func (r Row) want(least bool, target float64, ratio bool) Row {
	value, unit, sign := r.Ours, "", "<="
	if ratio {
		value, unit = r.Ratio, "x"
	}
	met := value <= target
	if least {
		sign, met = ">=", value >= target
	}
	r.Target, r.Met = sign+" "+figure(target)+unit, &met
	return r
}

func (r Row) atLeast(target float64) Row      { return r.want(true, target, false) }
func (r Row) atMost(target float64) Row       { return r.want(false, target, false) }
func (r Row) ratioAtLeast(target float64) Row { return r.want(true, target, true) }
func (r Row) ratioAtMost(target float64) Row  { return r.want(false, target, true) }

func (r Report) json(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// table prints the report for people.
func (r Report) table(w io.Writer) error {
	fmt.Fprintf(w, "%s, %s, %d CPUs; medians of %d rounds of %s\n\n", r.Go, r.System, r.CPUs, r.Rounds, r.Round)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "WHAT\tOURS\tUNIT\tP50 us\tP99 us\tBESIDE\tITS FIGURE\tRATIO\tTARGET\tMET")
	for _, row := range r.Rows {
		if row.Skip != "" {
			fmt.Fprintf(t, "%s\t%s\n", row.Name, row.Skip)
			continue
		}
		fmt.Fprintln(t, strings.Join(row.cells(), "\t"))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	return r.notes(w)
}

func (r Row) cells() []string {
	cells := []string{r.Name, figure(r.Ours), r.Unit, optional(r.P50, ""), optional(r.P99, ""),
		orDash(r.Floor), optional(r.Figure, ""), optional(r.Ratio, "x"), orDash(r.Target), "-"}
	if r.Met != nil {
		cells[len(cells)-1] = map[bool]string{true: "yes", false: "NO"}[*r.Met]
	}
	return cells
}

// notes prints what the rows' notes say, each once.
func (r Report) notes(w io.Writer) error {
	seen := map[string]bool{"": true}
	for _, row := range r.Rows {
		if seen[row.Note] {
			continue
		}
		if len(seen) == 1 {
			fmt.Fprintln(w)
		}
		seen[row.Note] = true
		if _, err := fmt.Fprintf(w, "%s: %s\n", row.Name, row.Note); err != nil {
			return err
		}
	}
	return nil
}

// figure prints a number with about three digits that count.
func figure(v float64) string {
	switch a := math.Abs(v); {
	case a >= 1000:
		return fmt.Sprintf("%.0f", v)
	case a == math.Trunc(a):
		return fmt.Sprintf("%g", v)
	case a >= 100:
		return fmt.Sprintf("%.0f", v)
	case a >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

func optional(v float64, unit string) string {
	if v == 0 {
		return "-"
	}
	return figure(v) + unit
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
