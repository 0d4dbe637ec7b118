package fondaco_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
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

// TestWorkersKilledUnderLoad kills workers while many callers are at them:
// every call is answered or told that its worker broke, and the pool goes on.
func TestWorkersKilledUnderLoad(t *testing.T) {
	need.Program(t, "python3", "apt-get install python3")
	s := serve(t, "  m: [{plugin: slow.py, workers: 2, concurrency: 16, restart: {burst: 1000, within: 1s}}]\n",
		map[string]string{"slow.py": slowPython})
	stop := make(chan struct{})
	var callers sync.WaitGroup
	var answered, broken atomic.Int64
	for range 32 {
		callers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				got, err := call(s.url, "m/sub", "[3, 2]")
				switch {
				case err == nil && got.status == 200 && got.body == "1":
					answered.Add(1)
				case err == nil && got.status == 502:
					broken.Add(1)
				default:
					t.Errorf("a call got %v %v", got, err)
					return
				}
			}
		})
	}
	for range 40 {
		var pids []int
		eventually(t, "there is a worker", func() bool { pids = s.instances("m"); return len(pids) > 0 })
		before := answered.Load()
		if err := syscall.Kill(pids[0], syscall.SIGKILL); err != nil {
			continue // it has just ended by itself
		}
		eventually(t, "calls are answered again", func() bool { return answered.Load() > before+32 })
	}
	close(stop)
	callers.Wait()
	t.Logf("%d calls answered, %d broken", answered.Load(), broken.Load())
	if broken.Load() == 0 {
		t.Error("no call met a dying worker: the test shows nothing")
	}
}
