//go:build unix

package guardian

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// role is the environment variable that makes the test binary something else
// than tests.
const role = "GUARDIAN_TEST_ROLE"

// patience is how long a test waits for what should take milliseconds.
const patience = 30 * time.Second

func TestMain(m *testing.M) {
	if os.Getenv(role) == "forgetful" {
		return
	}
	Main()
	switch os.Getenv(role) {
	case "":
		os.Exit(m.Run())
	case "host":
		runHost()
	}
}

// start returns a Guardian that is closed with the test.
func start(t testing.TB) *Guardian {
	t.Helper()
	g, err := Start(within(t), Options{Name: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := g.Close(ctx); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return g
}

// within returns a context that ends long after anything should have happened.
func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

func spawn(t testing.TB, g *Guardian, c Command) *Process {
	t.Helper()
	p, err := g.Spawn(within(t), c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func shell(script string) Command { return Command{Path: "sh", Args: []string{"sh", "-c", script}} }

// wait returns how p ended.
func wait(t testing.TB, p *Process) State {
	t.Helper()
	select {
	case <-p.Done():
		return p.State()
	case <-time.After(patience):
		t.Fatalf("process %d has not ended", p.Pid())
		return State{}
	}
}

// spawnFamily starts script with its standard output on a pipe, and returns
// the n process ids that it prints. Only then its standard input ends.
func spawnFamily(t testing.TB, g *Guardian, script string, n int) (*Process, []int) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	in, hold, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer hold.Close()
	c := shell(script)
	c.Stdin, c.Stdout = in, w
	p := spawn(t, g, c)
	in.Close()
	w.Close()
	return p, readPids(t, bufio.NewReader(r), n)
}

func readPids(t testing.TB, r *bufio.Reader, n int) []int {
	t.Helper()
	pids := make([]int, n)
	for i := range pids {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatalf("after %d of %d process ids: %v", i, n, err)
		}
		if pids[i], err = strconv.Atoi(strings.TrimSpace(line)); err != nil {
			t.Fatal(err)
		}
	}
	return pids
}

// eventually waits until condition holds.
func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !condition(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("still not so: %s", what)
		}
	}
}

// alive reports whether pid is a process and no zombie.
func alive(pid int) bool {
	if runtime.GOOS == "linux" {
		text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		return err == nil && !strings.Contains(string(text), ") Z ")
	}
	text, err := exec.Command("ps", "-o", "stat=", "-p", strconv.Itoa(pid)).Output()
	state := strings.TrimSpace(string(text))
	return err == nil && state != "" && state[0] != 'Z'
}

func awaitGone(t testing.TB, pids ...int) {
	t.Helper()
	for _, pid := range pids {
		eventually(t, fmt.Sprintf("process %d has gone", pid), func() bool { return !alive(pid) })
	}
}

// lurker is a shell command that starts a child which prints its process id,
// ignores what can be ignored and stays; prefix says how it is started.
func lurker(prefix string) string {
	return prefix + ` sh -c 'trap "" HUP INT TERM; echo $$; while :; do sleep 1000; done'`
}

// family is a script that prints the process ids of four children: in its
// process group, in a session of its own, forked twice, and forked twice in a
// session of its own.
var family = lurker("") + " & " + lurker("setsid") + " & (" + lurker("") + " &) ; (" + lurker("setsid") + " &) ; "

// runHost is the test binary as a host: it prints the process ids of its
// guardian, of two workers and of their children, and waits for its end.
func runHost() {
	fail := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	ctx := context.Background()
	g, err := Start(ctx, Options{Name: "test host"})
	fail(err)
	for range 2 {
		c := shell(`trap "" HUP INT TERM PIPE; ` + family + lurker("env -i setsid") + " & wait; sleep 1000")
		c.Stdout = os.Stdout
		p, err := g.Spawn(ctx, c)
		fail(err)
		fmt.Println(p.Pid())
	}
	fmt.Println(g.Pid())
	select {}
}
