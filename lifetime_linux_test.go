package fondaco_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/fondaco/fondaco/internal/need"
)

const familyPython = `
import os, subprocess, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
def family():
    child = subprocess.Popen(["sleep", "1000"])
    away = subprocess.Popen(["sleep", "1000"], start_new_session=True)
    with open(f"/proc/{os.getppid()}/comm"): pass
    return [os.getpid(), os.getppid(), child.pid, away.pid]
def spin():
    while True: pass
`

// TestHostKilledLeavesNothing kills a server with SIGKILL while one of its
// workers spins, ignoring signals, and has children of its own.
func TestHostKilledLeavesNothing(t *testing.T) {
	need.Program(t, "python3", "apt-get install python3")
	file := write(t, "  m: [{plugin: f.py, workers: 2}]\n", map[string]string{"f.py": familyPython})
	host := exec.Command(os.Args[0])
	host.Env = append(os.Environ(), "FONDACO_TEST_HOST="+file)
	host.Stderr = os.Stderr
	out, err := host.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := host.Start(); err != nil {
		t.Fatal(err)
	}
	defer host.Process.Kill()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	url := strings.TrimSpace(line)
	got, err := call(url, "m/family", "[]")
	if err != nil || got.status != 200 {
		t.Fatalf("%v %v", got, err)
	}
	var pids []int
	for word := range strings.SplitSeq(strings.Trim(got.body, "[]"), ",") {
		pid, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil {
			t.Fatal(err)
		}
		pids = append(pids, pid)
	}
	go call(url, "m/spin", "[]") // never answered
	for _, pid := range pids {
		if !alive(pid) {
			t.Fatalf("process %d does not live", pid)
		}
	}
	if err := host.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	host.Wait()
	for _, pid := range pids {
		eventually(t, "process "+strconv.Itoa(pid)+" is gone", func() bool { return !alive(pid) })
	}
	left, err := os.ReadDir(filepath.Dir(file))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range left {
		switch f.Name() {
		case "f.py", "fondaco.yaml", "admin.sock":
		default:
			t.Errorf("%s was left", f.Name())
		}
	}
}
