package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/fondaco/fondaco/guardian"
)

func TestMain(m *testing.M) {
	guardian.Main()
	playRole()
	os.Exit(m.Run())
}

// TestEveryRow runs every benchmark, as short as can be: it shows that all of
// them still work. What they measure is not looked at.
func TestEveryRow(t *testing.T) {
	for _, a := range all() {
		t.Run(a.name, func(t *testing.T) {
			b, err := newBench(quickRound, 1, t.Output())
			if err != nil {
				t.Fatal(err)
			}
			defer b.close()
			rows, err := a.run(b)
			if err != nil {
				t.Fatal(err)
			}
			if len(rows) == 0 {
				t.Error("no rows")
			}
			for _, row := range rows {
				counts := strings.HasPrefix(row.Unit, "alloc") || row.Unit == "calls"
				switch {
				case row.Skip != "":
					t.Logf("%s: %s", row.Name, row.Skip)
				case row.Ours <= 0 && !counts:
					t.Errorf("%s: %v %s", row.Name, row.Ours, row.Unit)
				case row.Floor != "" && (row.Figure <= 0 || row.Ratio <= 0):
					t.Errorf("%s beside %s: %v, ratio %v", row.Name, row.Floor, row.Figure, row.Ratio)
				}
			}
		})
	}
}

func TestReport(t *testing.T) {
	r := Report{Rows: []Row{
		Row{Name: "a", Unit: "calls/s", Ours: 310_000, Note: "said once"}.atLeast(300_000),
		Row{Name: "b", Unit: "us", Ours: 10, Floor: "f", Figure: 5, Ratio: 2, Note: "said once"}.ratioAtMost(1.5),
		skipped("c", "d is not installed"),
	}}
	var table, text bytes.Buffer
	if err := r.table(&table); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{">= 300000", "yes", "<= 1.50x", "NO", "d is not installed", "a: said once"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("no %q in the table:\n%s", want, table.String())
		}
	}
	if strings.Contains(table.String(), "b: said once") {
		t.Error("a note stands twice")
	}
	if err := r.json(&text); err != nil {
		t.Fatal(err)
	}
	var back Report
	if err := json.Unmarshal(text.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if len(back.Rows) != 3 || back.Rows[1].Met == nil || *back.Rows[1].Met || back.Rows[2].Met != nil {
		t.Errorf("read back as %+v", back.Rows)
	}
}

func TestQuantile(t *testing.T) {
	for _, c := range []struct {
		values []float64
		q      float64
		want   float64
	}{
		{nil, 0.5, 0}, {[]float64{3}, 0.99, 3}, {[]float64{3, 1, 2}, 0.5, 2}, {[]float64{4, 1, 3, 2}, 1, 4},
	} {
		if got := quantile(c.values, c.q); got != c.want {
			t.Errorf("quantile %v of %v: %v, want %v", c.q, c.values, got, c.want)
		}
	}
}

func TestArguments(t *testing.T) {
	for _, args := range [][]string{{"-nonsense"}, {"extra"}, {"-rounds", "0"}, {"-round", "-1s"}, {"-only", "nothing"}} {
		var out, errs bytes.Buffer
		if status := run(args, &out, &errs); status != 2 || errs.Len() == 0 {
			t.Errorf("%v: status %d, said %q", args, status, errs.String())
		}
	}
}
