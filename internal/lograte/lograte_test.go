package lograte

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestOnlySoManyPass(t *testing.T) {
	var out bytes.Buffer
	log := New(slog.New(slog.NewTextHandler(&out, nil)), 3).With("door", "d")
	now := time.Now()
	write := func(at time.Time, text string) {
		if err := log.Handler().Handle(context.Background(), slog.NewRecord(at, slog.LevelInfo, text, 0)); err != nil {
			t.Fatal(err)
		}
	}
	for range 10 {
		write(now, "bad")
	}
	if n := strings.Count(out.String(), "msg=bad door=d"); n != 3 {
		t.Errorf("%d lines passed, want 3:\n%s", n, &out)
	}
	write(now.Add(time.Second), "later")
	if s := out.String(); !strings.Contains(s, "dropped=7") || !strings.Contains(s, "msg=later") {
		t.Errorf("what was left out is not told:\n%s", s)
	}
}
