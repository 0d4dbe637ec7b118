package main

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// process is a fondaco of its own.
type process struct {
	*exec.Cmd
	lines chan string // of its standard error; closed when that ends
}

// start runs the test binary as fondaco, with a runtime folder of its own in
// dir.
func start(t *testing.T, dir string, args ...string) *process {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	p := &process{Cmd: exec.CommandContext(ctx, exe), lines: make(chan string, 100)}
	p.Args = append([]string{"fondaco"}, args...)
	p.Dir = dir
	p.Env = append(os.Environ(), "XDG_RUNTIME_DIR="+dir, "GORACE="+noRaceSleep)
	stderr, err := p.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.lines)
		for s := bufio.NewScanner(stderr); s.Scan(); {
			p.lines <- s.Text()
		}
	}()
	t.Cleanup(func() {
		cancel()
		_ = p.Wait()
	})
	return p
}

// until returns the first line with text in it, and all before it.
func (p *process) until(t *testing.T, text string) string {
	t.Helper()
	var seen []string
	for line := range p.lines {
		seen = append(seen, line)
		if strings.Contains(line, text) {
			return strings.Join(seen, "\n")
		}
	}
	t.Fatalf("no line has %q in it:\n%s", text, strings.Join(seen, "\n"))
	return ""
}

func plugin(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.lua"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestSecondServerGoesWithout(t *testing.T) {
	dir := plugin(t, `return {f = function() return 1 end}`)
	first := start(t, dir, "run", "-l", "bert://127.0.0.1:0", "a.lua")
	first.until(t, "listening bert://127.0.0.1:")
	second := start(t, dir, "run", "-l", "bert://127.0.0.1:0", "a.lua")
	said := second.until(t, "listening bert://127.0.0.1:")
	if !strings.Contains(said, "goes without an admin socket") || !strings.Contains(said, "pid") {
		t.Errorf("the second server does not warn:\n%s", said)
	}
	if err := second.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := second.Wait(); err != nil {
		t.Errorf("the second server ends with %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "fondaco.sock")); err != nil {
		t.Errorf("the second server took the first one's socket away: %v", err)
	}
}

func TestSecondSignalEndsAtOnce(t *testing.T) {
	dir := plugin(t, `return {spin = function() while true do end end, f = function() return 1 end}`)
	p := start(t, dir, "run", "-l", "bert://127.0.0.1:0", "a.lua")
	said := p.until(t, "listening bert://127.0.0.1:")
	url := said[strings.Index(said, "bert://"):]
	spin := start(t, dir, "call", "--to", url, "a.spin")
	for running := false; !running; time.Sleep(10 * time.Millisecond) {
		exe, _ := os.Executable()
		stats := exec.Command(exe)
		stats.Args = []string{"fondaco", "stats", "--json"}
		stats.Env = append(os.Environ(), "XDG_RUNTIME_DIR="+dir, "GORACE="+noRaceSleep)
		out, err := stats.Output()
		if err != nil {
			t.Fatalf("stats: %v", err)
		}
		running = strings.Contains(string(out), `"in_flight":1`)
	}
	if err := p.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	p.until(t, "halted by signal SIGINT, draining")
	over := make(chan struct{})
	defer close(over)
	go func() { // the first ones are an echo
		for p.Process.Signal(syscall.SIGINT) == nil {
			select {
			case <-over:
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	}()
	p.until(t, "second signal")
	if p.Wait() == nil {
		t.Error("the server says that it ended well")
	}
	spin.until(t, "broken: ")
}
