package link

import (
	"context"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fondaco/fondaco/core"
)

// BenchmarkRatio compares the median of one call in flight with that of a
// blocking ping-pong over a bare socketpair, in turns within the same run.
func BenchmarkRatio(b *testing.B) {
	raw := process(b, "raw")
	defer unix.Close(raw)
	l := start(b, process(b, "echo"), options())
	buf := make([]byte, 120)
	req := &core.Request{Module: "test", Function: "echo", Args: hundred(), Reply: make([]byte, 0, 256)}
	const batch = 200
	var bare, full []time.Duration
	for b.Loop() {
		for range batch {
			at := time.Now()
			if _, err := unix.Write(raw, buf); err != nil {
				b.Fatal(err)
			}
			for got := 0; got < len(buf); {
				n, err := unix.Read(raw, buf[got:])
				if err != nil {
					b.Fatal(err)
				}
				got += n
			}
			bare = append(bare, time.Since(at))
		}
		for range batch {
			at := time.Now()
			if _, err := l.Handle(context.Background(), req); err != nil {
				b.Fatal(err)
			}
			full = append(full, time.Since(at))
		}
	}
	slices.Sort(bare)
	slices.Sort(full)
	x, y := float64(bare[len(bare)/2]), float64(full[len(full)/2])
	b.ReportMetric(x/1000, "raw-p50-µs")
	b.ReportMetric(y/1000, "link-p50-µs")
	b.ReportMetric(y/x, "ratio")
}
