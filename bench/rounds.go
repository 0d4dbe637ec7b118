package main

import (
	"fmt"
	"slices"
	"time"
)

// sample is what a cell gave in one round.
type sample struct {
	Value    float64 // in the row's unit
	P50, P99 float64 // of one call, microseconds; 0: not taken
}

// cell is one thing that is measured.
type cell struct {
	name string
	run  func(d time.Duration) (sample, error)
}

// results are the samples of all rounds, by the cells' names.
type results map[string][]sample

// interleave measures the cells in turns: once each, round after round. A short
// round goes before, uncounted, so that everything is started and warm.
func (b *bench) interleave(cells ...cell) (results, error) {
	r := make(results)
	for round := -1; round < b.rounds; round++ {
		d := b.round
		if round < 0 {
			d = min(d, d/4+quickRound)
		}
		for _, c := range cells {
			s, err := c.run(d)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.name, err)
			}
			if round >= 0 {
				r[c.name] = append(r[c.name], s)
			}
		}
	}
	return r, nil
}

// row makes a row of the cell ours, beside the cell floor if it is not "".
func (r results) row(ours, floor, unit string) Row {
	row := Row{
		Name: ours, Unit: unit, Floor: floor,
		Ours: r.median(ours, func(s sample) float64 { return s.Value }),
		P50:  r.median(ours, func(s sample) float64 { return s.P50 }),
		P99:  r.median(ours, func(s sample) float64 { return s.P99 }),
	}
	if floor == "" {
		return row
	}
	row.Figure = r.median(floor, func(s sample) float64 { return s.Value })
	var ratios []float64
	for i, s := range r[ours] {
		if f := r[floor][i].Value; f != 0 {
			ratios = append(ratios, s.Value/f)
		}
	}
	row.Ratio = median(ratios)
	return row
}

func (r results) median(name string, of func(sample) float64) float64 {
	var values []float64
	for _, s := range r[name] {
		values = append(values, of(s))
	}
	return median(values)
}

func median(values []float64) float64 { return quantile(values, 0.5) }

// quantile returns the value below which the part q of values lies; 0 for none.
// It sorts values.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[min(int(q*float64(len(values))), len(values)-1)]
}
