package main

import (
	"math/bits"
	"time"
)

// The histogram keeps so many steps for each doubling: a value is known to
// about three percent, in a fixed amount of memory.
const (
	stepBits  = 5
	steps     = 1 << stepBits
	doublings = 64 - stepBits
)

// histogram counts lengths of time. The zero value is empty.
type histogram struct {
	counts [steps * (doublings + 1)]uint64
	total  uint64
	max    time.Duration
}

// slot returns where a time is counted.
func slot(d time.Duration) int {
	n := uint64(max(d, 0))
	shift := max(bits.Len64(n)-1-stepBits, 0)
	return shift*steps + int(n>>shift)
}

// ceiling returns the longest time that is counted in a slot.
func ceiling(slot int) time.Duration {
	if slot < 2*steps {
		return time.Duration(slot)
	}
	shift := slot/steps - 1
	return time.Duration((uint64(slot-shift*steps)+1)<<shift - 1)
}

func (h *histogram) add(d time.Duration) {
	h.counts[slot(d)]++
	h.total++
	h.max = max(h.max, d)
}

func (h *histogram) merge(o *histogram) {
	for i, n := range o.counts {
		h.counts[i] += n
	}
	h.total += o.total
	h.max = max(h.max, o.max)
}

// quantile returns the time that the share q of all times does not exceed.
func (h *histogram) quantile(q float64) time.Duration {
	rank, seen := uint64(q*float64(h.total)), uint64(0)
	for i, n := range h.counts {
		seen += n
		if seen > rank || seen == h.total && n > 0 {
			return min(ceiling(i), h.max)
		}
	}
	return 0
}
