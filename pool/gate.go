package pool

import (
	"time"

	"github.com/fondaco/fondaco/config"
)

// The back-off of a plugin that keeps dying doubles from first to longest.
const (
	firstBackOff   = time.Second
	longestBackOff = time.Minute
)

// gate holds back from starting a plugin that keeps dying before its first
// completed call: after Burst such deaths within Within, starts wait for a
// back-off, and each further death doubles it until a call completes.
type gate struct {
	limit   config.Restart
	deaths  []time.Time
	backOff time.Duration
	until   time.Time
	reason  error // of the last death
}

// open reports whether an instance may be started at now.
func (g *gate) open(now time.Time) bool { return !now.Before(g.until) }

// died notes a death before the first completed call.
func (g *gate) died(now time.Time, reason error) {
	g.reason = reason
	if g.backOff > 0 {
		g.backOff = min(2*g.backOff, longestBackOff)
		g.until = now.Add(g.backOff)
		return
	}
	keep := g.deaths[:0]
	for _, t := range g.deaths {
		if now.Sub(t) < g.limit.Within {
			keep = append(keep, t)
		}
	}
	g.deaths = append(keep, now)
	if g.limit.Burst > 0 && len(g.deaths) >= g.limit.Burst {
		g.backOff = firstBackOff
		g.until = now.Add(g.backOff)
		g.deaths = g.deaths[:0]
	}
}

// served notes a completed call: the plugin works.
func (g *gate) served() {
	if g.reason != nil {
		g.deaths, g.backOff, g.until, g.reason = g.deaths[:0], 0, time.Time{}, nil
	}
}
