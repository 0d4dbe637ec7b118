// Package lograte keeps what strangers can cause from filling a log.
package lograte

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// New returns a logger that passes at most so many records per second on to
// log. How many it left out stands in a warning before the next one it passes
// in a later second. It is safe for concurrent use.
func New(log *slog.Logger, perSecond int) *slog.Logger {
	return slog.New(&handler{Handler: log.Handler(), count: &count{max: perSecond}})
}

// handler is a slog.Handler; those made of it with attributes share its count.
type handler struct {
	slog.Handler
	*count
}

// count is guarded by mu.
type count struct {
	max int

	mu      sync.Mutex
	second  time.Time // the one that is counted in
	passed  int
	dropped int
}

// Handle is slog.Handler's.
func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	pass, dropped := h.pass(r.Time)
	if dropped > 0 {
		left := slog.NewRecord(r.Time, slog.LevelWarn, "lines like the next were left out", r.PC)
		left.AddAttrs(slog.Int("dropped", dropped))
		if err := h.Handler.Handle(ctx, left); err != nil {
			return err
		}
	}
	if !pass {
		return nil
	}
	return h.Handler.Handle(ctx, r)
}

// pass counts a record, and returns how many were left out when a new second
// begins.
func (c *count) pass(now time.Time) (pass bool, dropped int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.second) >= time.Second {
		dropped = c.dropped
		c.second, c.passed, c.dropped = now, 0, 0
	}
	if c.passed >= c.max {
		c.dropped++
		return false, dropped
	}
	c.passed++
	return true, dropped
}

// WithAttrs is slog.Handler's.
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &handler{h.Handler.WithAttrs(attrs), h.count}
}

// WithGroup is slog.Handler's.
func (h *handler) WithGroup(name string) slog.Handler {
	return &handler{h.Handler.WithGroup(name), h.count}
}
