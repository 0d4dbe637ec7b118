package guardian

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fondaco/fondaco/internal/need"
)

func TestKillTakesAll(t *testing.T) {
	g := start(t)
	other := spawn(t, g, Command{Path: "sleep", Args: []string{"sleep", "1000"}})
	p, pids := spawnFamily(t, g, family+lurker("env -i setsid")+" & wait; sleep 1000", 5)
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	if state := wait(t, p); state.Signal != syscall.SIGKILL {
		t.Errorf("ended with %s", state)
	}
	awaitGone(t, append(pids, p.Pid())...)
	if !alive(other.Pid()) {
		t.Error("another worker was ended as well")
	}
}

// TestOrphans lets a worker end by itself. Its children go with it, and only
// its children, while a living worker's orphans live on.
func TestOrphans(t *testing.T) {
	g := start(t)
	living, kept := spawnFamily(t, g, family+"sleep 1000", 4)
	dying, lost := spawnFamily(t, g, family+"read x; exit 2", 4)
	if state := wait(t, dying); state.ExitCode != 2 {
		t.Errorf("ended with %s", state)
	}
	awaitGone(t, lost...)
	for _, pid := range append(kept, living.Pid()) {
		if !alive(pid) {
			t.Errorf("process %d of the living worker was ended", pid)
		}
	}
	if err := living.Kill(); err != nil {
		t.Fatal(err)
	}
	awaitGone(t, append(kept, living.Pid())...)
}

// TestOrphanWithoutToken: a child that shed its environment, its parent and its
// process group is left alone while a worker lives that may have started it,
// and no longer. One that stayed in the group goes with its worker.
func TestOrphanWithoutToken(t *testing.T) {
	g := start(t)
	elder, _ := spawnFamily(t, g, "echo $$; sleep 1000", 1)
	grouped, group := spawnFamily(t, g, lurker("env -i")+" & read x; exit 0", 1)
	wait(t, grouped)
	awaitGone(t, group...)
	dying, lost := spawnFamily(t, g, "("+lurker("env -i setsid")+" &) ; read x; exit 0", 1)
	wait(t, dying)
	// A further start and end gives a wrong signal the time to arrive.
	wait(t, spawn(t, g, shell("exit 0")))
	if !alive(lost[0]) {
		t.Error("an orphan that may be a living worker's was ended")
	}
	if err := elder.Kill(); err != nil {
		t.Fatal(err)
	}
	awaitGone(t, lost...)
}

// startHost runs the test binary as a host, and returns the process ids of all
// that is below it.
func startHost(t testing.TB) (*exec.Cmd, []int) {
	t.Helper()
	host := exec.Command(os.Args[0])
	host.Env = append(os.Environ(), role+"=host")
	host.Stderr = os.Stderr
	out, err := host.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := host.Start(); err != nil {
		t.Fatal(err)
	}
	return host, readPids(t, bufio.NewReader(out), 2*6+1)
}

func TestHostKilled(t *testing.T) {
	host, pids := startHost(t)
	for _, pid := range pids {
		if !alive(pid) {
			t.Errorf("process %d does not run", pid)
		}
	}
	if err := host.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = host.Wait()
	awaitGone(t, pids...)
}

func TestGuardianKilled(t *testing.T) {
	g := start(t)
	p, pids := spawnFamily(t, g, family+"wait; sleep 1000", 4)
	_, bare := spawnFamily(t, g, "exec env -i sh -c 'echo $$; sleep 1000 & echo $!; wait'", 2)
	first := g.Pid()
	if err := syscall.Kill(first, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	state := wait(t, p)
	if !errors.Is(state.Err, ErrLost) || state.Success() {
		t.Errorf("ended with %s", state)
	}
	awaitGone(t, append(append(pids, bare...), p.Pid())...)
	if err := p.Kill(); !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("kill afterwards: %v", err)
	}
	if state := wait(t, spawn(t, g, shell("exit 6"))); state.ExitCode != 6 {
		t.Errorf("a new guardian's worker ended with %s", state)
	}
	if second := g.Pid(); second == first || second == 0 {
		t.Errorf("guardian %d, before %d", second, first)
	}
}

// TestNothingLeft counts descriptors and children before and after.
func TestNothingLeft(t *testing.T) {
	count := func(dir string) int {
		list, err := names(dir)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	run := func(g *Guardian) {
		for range 20 {
			null, err := os.Open(os.DevNull)
			if err != nil {
				t.Fatal(err)
			}
			c := shell("(sleep 1000 &); exit 0")
			c.Files = []*os.File{null, null}
			c.Stdin = null
			p := spawn(t, g, c)
			_, _ = g.Spawn(within(t), Command{Path: "/none/such", Files: []*os.File{null}})
			null.Close()
			wait(t, p)
		}
	}
	before, kin := count("/proc/self/fd"), len(children(os.Getpid()))
	g := start(t)
	run(g)
	inside := fmt.Sprintf("/proc/%d/fd", g.Pid())
	childless := func() bool { return len(children(g.Pid())) == 0 }
	eventually(t, "the guardian has no child", childless)
	settled := count(inside)
	run(g)
	eventually(t, "the guardian has no child", childless)
	eventually(t, "the guardian has no more descriptors than before", func() bool { return count(inside) <= settled })
	if err := g.Close(within(t)); err != nil {
		t.Fatal(err)
	}
	if now := count("/proc/self/fd"); now != before {
		t.Errorf("the host has %d descriptors, before %d", now, before)
	}
	if now := len(children(os.Getpid())); now != kin {
		t.Errorf("the host has %d children, before %d", now, kin)
	}
}

func TestLimits(t *testing.T) {
	g := start(t)
	c := shell("read x; ulimit -n; ulimit -Hn; nice; cat /proc/self/oom_score_adj")
	c.Limits, c.Nice, c.OOMScoreAdj = map[string]uint64{"nofile": 40}, 3, 300
	// The worker waits for its standard input, so that the limits are in place.
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	c.Stdin = r
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	c.Stdout = in
	p := spawn(t, g, c)
	in.Close()
	w.Close()
	text := make([]byte, 0, 64)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		text = append(text, lines.Text()+" "...)
	}
	wait(t, p)
	if string(text) != "40 40 3 300 " {
		t.Errorf("the worker saw %q", text)
	}
}

func TestCredential(t *testing.T) {
	if os.Getuid() != 0 {
		need.Missing(t, "needs root to become somebody else")
	}
	g := start(t)
	c := shell("id -u; id -g")
	c.Credential = &syscall.Credential{Uid: 65534, Gid: 65534}
	if got := output(t, g, c); got != "65534\n65534\n" {
		t.Errorf("the worker ran as %q", got)
	}
	c = shell(family + "sleep 1000")
	c.Credential = &syscall.Credential{Uid: 65534, Gid: 65534}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	c.Stdout = w
	p := spawn(t, g, c)
	w.Close()
	pids := readPids(t, bufio.NewReader(r), 4)
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	awaitGone(t, pids...)
}

// TestScanChildren compares the two ways to find children.
func TestScanChildren(t *testing.T) {
	g := start(t)
	p := spawn(t, g, Command{Path: "sleep", Args: []string{"sleep", "1000"}})
	listed, scanned := children(g.Pid()), scanChildren(g.Pid())
	if fmt.Sprint(listed) != fmt.Sprint(scanned) || len(listed) != 1 || listed[0] != p.Pid() {
		t.Errorf("listed %v, scanned %v, want %d", listed, scanned, p.Pid())
	}
}

// TestInheritedDescriptors: what the host itself inherited, open across exec,
// does not reach workers.
func TestInheritedDescriptors(t *testing.T) {
	fd, err := unix.FcntlInt(os.Stderr.Fd(), unix.F_DUPFD, 70)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	g := start(t)
	if got := output(t, g, shell("cd /proc/self/fd && echo *")); strings.Contains(got, strconv.Itoa(fd)) {
		t.Errorf("the worker has the descriptors %s", got)
	}
}

// TestStoppedGuardian: whoever waits for a guardian that does not answer gets
// away, and nothing is left of what was asked.
func TestStoppedGuardian(t *testing.T) {
	g := start(t)
	_, pids := spawnFamily(t, g, family+"wait; sleep 1000", 4)
	if err := syscall.Kill(g.Pid(), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := g.Spawn(ctx, shell("sleep 1000")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("spawn: %v", err)
	}
	if err := syscall.Kill(g.Pid(), syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	session := g.current
	eventually(t, "the abandoned worker has gone", func() bool {
		session.mu.Lock()
		defer session.mu.Unlock()
		return len(session.processes) == 1
	})
	guardian := g.Pid()
	if err := syscall.Kill(guardian, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if err := g.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("close: %v", err)
	}
	awaitGone(t, append(pids, guardian)...)
}

// BenchmarkHostKilled reports the time from SIGKILL to the host until its
// guardian, two workers and their ten children have gone.
func BenchmarkHostKilled(b *testing.B) {
	var total time.Duration
	for b.Loop() {
		host, pids := startHost(b)
		began := time.Now()
		if err := host.Process.Kill(); err != nil {
			b.Fatal(err)
		}
		awaitGone(b, pids...)
		total += time.Since(began)
		_ = host.Wait()
	}
	b.ReportMetric(float64(total.Microseconds())/1000/float64(b.N), "ms/kill")
}
