package main

import (
	"testing"
	"time"
)

func TestHistogram(t *testing.T) {
	var a, b histogram
	for i := 1; i <= 1000; i++ {
		h := &a
		if i%2 == 0 {
			h = &b
		}
		h.add(time.Duration(i) * time.Microsecond)
	}
	a.merge(&b)
	for q, want := range map[float64]time.Duration{0.5: 500 * time.Microsecond, 0.9: 900 * time.Microsecond, 0.99: 990 * time.Microsecond, 1: time.Millisecond} {
		if got := a.quantile(q); got < want || got > want+want/25 {
			t.Errorf("quantile %v is %v, want %v to 4 %%", q, got, want)
		}
	}
	if a.max != time.Millisecond || a.total != 1000 {
		t.Errorf("max %v of %d", a.max, a.total)
	}
	var empty histogram
	if got := empty.quantile(0.5); got != 0 {
		t.Errorf("quantile of nothing is %v", got)
	}
}

func TestHistogramSlots(t *testing.T) {
	last := -1
	for _, d := range []time.Duration{-1, 0, 1, 31, 32, 63, 64, 65, 66, 127, 128, 1e3, 1e6, 1e9, 1 << 40, 1<<63 - 1} {
		s := slot(d)
		if s < last || s >= len(histogram{}.counts) {
			t.Errorf("%d is counted in slot %d, after %d", d, s, last)
		}
		if c := ceiling(s); c < d || d > 0 && c-d > d/steps+1 {
			t.Errorf("%d is taken for %d", d, c)
		}
		last = s
	}
}
