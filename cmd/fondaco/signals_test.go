package main

import (
	"bytes"
	"log/slog"
	"strings"
	"syscall"
	"testing"
	"time"
)

// obedient returns an obedience whose clock stands at *now, and that notes in
// *code with what it exits.
func obedient(now *time.Time, code *int, log *bytes.Buffer) (o *obedience, stopped *int) {
	stopped = new(int)
	return &obedience{
		log: slog.New(slog.NewTextHandler(log, nil)), stop: func() { *stopped++ }, reload: make(chan struct{}, 1),
		exit: func(c int) { *code = c }, now: func() time.Time { return *now },
	}, stopped
}

func TestEchoOfASignal(t *testing.T) {
	var log bytes.Buffer
	now, code := time.Unix(1000, 0), -1
	o, stopped := obedient(&now, &code, &log)
	o.obey(syscall.SIGTERM)
	if *stopped != 1 || !strings.Contains(log.String(), "halted by signal SIGTERM, draining") {
		t.Fatalf("the first signal: stopped %d times, log %s", *stopped, log.String())
	}
	for range 3 {
		now = now.Add(80 * time.Millisecond)
		o.obey(syscall.SIGTERM)
	}
	if code != -1 || *stopped != 1 {
		t.Errorf("the echo of a signal counts as a second one: exit %d, stopped %d times", code, *stopped)
	}
	now = now.Add(80 * time.Millisecond)
	o.obey(syscall.SIGINT)
	if code != exitFailed {
		t.Errorf("a later signal does not end the server: %d", code)
	}
}

func TestSignalAfterHalt(t *testing.T) {
	var log bytes.Buffer
	now, code := time.Unix(1000, 0), -1
	o, _ := obedient(&now, &code, &log)
	o.halted()
	if !strings.Contains(log.String(), "halted by the admin socket, draining") {
		t.Errorf("the log has %s", log.String())
	}
	o.obey(syscall.SIGTERM)
	if code != exitFailed {
		t.Errorf("a signal during the drain does not end the server: %d", code)
	}
}

func TestHangupsAreOne(t *testing.T) {
	var log bytes.Buffer
	now, code := time.Unix(1000, 0), -1
	o, stopped := obedient(&now, &code, &log)
	o.obey(syscall.SIGHUP)
	o.obey(syscall.SIGHUP)
	if len(o.reload) != 1 || *stopped != 0 {
		t.Errorf("%d reloads, stopped %d times", len(o.reload), *stopped)
	}
}
