//go:build unix

package process

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fondaco/fondaco/codec/bert"
	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/internal/need"
	"github.com/fondaco/fondaco/pool"
)

// fakeSpec runs this test binary as a worker of the given kind.
func fakeSpec(kind string) config.Plugin {
	return config.Plugin{File: os.Args[0], Env: map[string]string{workerVariable: kind}}
}

func handle(i pool.Instance, req *core.Request) (core.Body, error) {
	return i.Handle(context.Background(), req)
}

func TestDeaths(t *testing.T) {
	tests := []struct {
		kind string
		want []string
	}{
		{"die", []string{"exit status 9", "last words"}},
		{"garbage", []string{"broke the protocol", "killed"}},
		{"huge", []string{"too long", "killed"}},
		{"unknown", []string{"was not made", "killed"}},
		{"hangup", []string{"it was killed"}},
	}
	for _, tt := range tests {
		t.Run(tt.kind, func(t *testing.T) {
			i := mustBegin(t, fakeSpec(tt.kind), noHost())
			_, err := handle(i, request("f", "\x80"))
			if !errors.Is(err, core.ErrBroken) || errors.Is(err, pool.ErrUnsent) {
				t.Fatalf("err = %v, want broken", err)
			}
			for _, s := range tt.want {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("%q is missing in %v", s, err)
				}
			}
			w := i.(pool.Watched)
			<-w.Done()
			if w.Err() == nil {
				t.Error("Err is nil after the end")
			}
		})
	}
}

func TestStartFailures(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	tests := []struct {
		name string
		spec config.Plugin
		want string
		kind error
	}{
		{"exits", fakeSpec("mute"), "exit status 3", nil},
		{"its words", fakeSpec("mute"), "cannot load", nil},
		{"no program", config.Plugin{File: write("junk", "\x00\x01\x02\x03", 0o755)}, "", nil},
		{"no such file", config.Plugin{File: filepath.Join(dir, "none.py")}, "none.py", nil},
		{"not executable", config.Plugin{File: write("plain.txt", "x", 0o644)}, "chmod +x", nil},
		{"interpreter", config.Plugin{File: write("a.py", "", 0o644), Interpreter: "no-such-python"}, "no-such-python", core.ErrUnavailable},
		{"command", config.Plugin{Command: "no-such-command-here"}, "no-such-command-here", nil},
		{"wire", config.Plugin{File: write("b.py", "", 0o644), Wire: "smoke"}, "smoke", nil},
		{"syntax", config.Plugin{File: write("c.pl", "sub f { ", 0o644)}, "c.pl", nil},
	}
	r := newRuntime(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := begin(t, r, tt.spec, noHost())
			if err == nil || !strings.Contains(err.Error(), tt.want) || tt.kind != nil && !errors.Is(err, tt.kind) {
				t.Errorf("err = %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestNoHello(t *testing.T) {
	r := newRuntime(t)
	spec := fakeSpec("silent")
	spec.Module = "m"
	p, err := r.Load(context.Background(), spec)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	if _, err := p.New(ctx, noHost()); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "no hello") {
		t.Errorf("err = %v, want one that says no hello came", err)
	}
}

func TestHangingWorker(t *testing.T) {
	i := mustBegin(t, fakeSpec("hang"), noHost())
	req := request("f", "\x80")
	done := make(chan error, 1)
	go func() {
		_, err := handle(i, req)
		done <- err
	}()
	interrupt(t, i, req, done)
	<-i.(pool.Watched).Done()
}

// interrupt tells i about a timeout of req until its Handle has returned.
func interrupt(t *testing.T, i pool.Instance, req *core.Request, done <-chan error) {
	t.Helper()
	for {
		i.(core.Interrupter).Interrupt(req, core.ErrTimeout)
		select {
		case err := <-done:
			if !errors.Is(err, core.ErrTimeout) {
				t.Errorf("err = %v, want a timeout", err)
			}
			return
		case <-time.After(time.Millisecond):
		}
	}
}

func TestAbilities(t *testing.T) {
	i := mustBegin(t, fakeSpec("echo"), noHost())
	if list, ok := i.(pool.Lister).Functions(); !ok || len(list) != 1 || list[0] != "f" {
		t.Errorf("functions %v, %v", list, ok)
	}
	if n := i.(pool.Concurrent).Concurrency(); n != 64 {
		t.Errorf("concurrency %d", n)
	}
	if n, err := i.(pool.Process).Memory(); err != nil && !errors.Is(err, errors.ErrUnsupported) || err == nil && n < 1<<20 {
		t.Errorf("memory %d, %v", n, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := i.(pool.Stopper).Stop(ctx); err != nil {
		t.Error(err)
	}
}

// lockedBuffer is a log that several goroutines write to.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestFloodOfOutput(t *testing.T) {
	r := newRuntime(t)
	var log lockedBuffer
	r.opts.Log = slog.New(slog.NewTextHandler(&log, nil))
	i, err := begin(t, r, fakeSpec("flood"), noHost())
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if _, err := handle(i, request("f", "\x80")); err != nil {
			t.Fatal(err)
		}
	}
	if err := i.Close(); err != nil {
		t.Fatal(err)
	}
	text := log.String()
	if !strings.Contains(text, "dropped=") || !strings.Contains(text, "module=kit") || !strings.Contains(text, "pid=") {
		t.Errorf("the log does not say that lines were dropped, or whose they are: %.300s", text)
	}
	for _, line := range strings.Split(text, "\n") {
		if len(line) > maxLine+1000 {
			t.Fatalf("a line of %d bytes", len(line))
		}
	}
}

// TestKeptText changes a plugin's file after it was loaded.
func TestKeptText(t *testing.T) {
	path := filepath.Join(t.TempDir(), "p.pl")
	if err := os.WriteFile(path, []byte("sub f { return 1 }\n1;\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	p, err := newRuntime(t).Load(context.Background(), config.Plugin{Module: "p", File: path})
	if errors.Is(err, core.ErrUnavailable) {
		need.Missing(t, err.Error())
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	if err := os.WriteFile(path, []byte("sub f { return 2 }\n1;\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		i, err := p.New(ctx, noHost())
		cancel()
		if err != nil {
			t.Fatal(err)
		}
		body, err := handle(i, request("f", "\x80"))
		if err != nil || string(body.Data) != "\x01" {
			t.Errorf("got %x, %v, want 1", body.Data, err)
		}
		if err := i.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestErnie(t *testing.T) {
	spec := config.Plugin{Command: os.Args[0] + " ext", Wire: "ernie", Env: map[string]string{workerVariable: "ernie", "FONDACO_SOCKET": "none"}}
	r := newRuntime(t)
	start := func() pool.Instance {
		i, err := begin(t, r, spec, noHost())
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	i := start()
	for range 3 {
		body, err := handle(i, request("f", "\x82\x01\x02"))
		if err != nil || body.Codec != bert.Codec || string(body.Data) != "\x61\x07" {
			t.Fatalf("got %+v, %v", body, err)
		}
	}
	if _, err := handle(i, request("die", "\x80")); !errors.Is(err, core.ErrBroken) || !strings.Contains(err.Error(), "exit status 9") ||
		!strings.Contains(err.Error(), "last words") {
		t.Errorf("err = %v, want broken with status and words", err)
	}
	i = start()
	req := request("hang", "\x80")
	done := make(chan error, 1)
	go func() {
		_, err := handle(i, req)
		done <- err
	}()
	interrupt(t, i, req, done)
	<-i.(pool.Watched).Done()
}

func TestNothingIsLeft(t *testing.T) {
	count := func() (files, routines int) {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			need.Missing(t, err.Error())
		}
		return len(entries), runtime.NumGoroutine()
	}
	r := newRuntime(t)
	once := func(spec config.Plugin) {
		spec.Module = "m"
		p, err := r.Load(context.Background(), spec)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		i, err := p.New(ctx, noHost())
		if err == nil {
			_, _ = handle(i, request("f", "\x80"))
			err = i.Close()
		}
		if spec.Env[workerVariable] != "mute" && err != nil {
			t.Error(err)
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
	once(fakeSpec("echo"))
	files, routines := count()
	for range 5 {
		once(fakeSpec("echo"))
		once(fakeSpec("die"))
		once(fakeSpec("mute"))
		spec := fakeSpec("ernie")
		spec.Wire, spec.Env["FONDACO_SOCKET"] = "ernie", "none"
		once(spec)
	}
	last := ""
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		nowFiles, nowRoutines := count()
		if nowFiles <= files && nowRoutines <= routines {
			return
		}
		last = fmt.Sprintf("%d descriptors and %d goroutines, before %d and %d", nowFiles, nowRoutines, files, routines)
	}
	t.Error(last)
}
