//go:build unix

package guardian

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

func TestExit(t *testing.T) {
	g := start(t)
	for _, test := range []struct{ script, want string }{
		{"exit 0", "exit status 0"},
		{"exit 3", "exit status 3"},
		{"kill -KILL $$", "killed by signal 9 (SIGKILL)"},
		{"kill -TERM $$", "killed by signal 15 (SIGTERM)"},
	} {
		state := wait(t, spawn(t, g, shell(test.script)))
		if state.String() != test.want {
			t.Errorf("%s: %s, want %s", test.script, state, test.want)
		}
		if state.Success() != (test.script == "exit 0") {
			t.Errorf("%s: success is %v", test.script, state.Success())
		}
		if state.MaxRSS < 64<<10 || state.User < 0 || state.System < 0 {
			t.Errorf("%s: usage %+v", test.script, state)
		}
	}
}

func TestExecError(t *testing.T) {
	g := start(t)
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	plain := write("plain", "", 0o644)
	for _, test := range []struct {
		name string
		c    Command
		is   error
		says string
	}{
		{"missing", Command{Path: dir + "/none"}, fs.ErrNotExist, dir + "/none"},
		{"not found in PATH", Command{Path: "no-such-program-anywhere"}, nil, "no-such-program-anywhere"},
		{"no path", Command{}, nil, "no path"},
		{"not executable", Command{Path: plain}, fs.ErrPermission, plain},
		{"a folder", Command{Path: dir}, fs.ErrPermission, dir},
		{"no format", Command{Path: write("text", "hello", 0o755)}, syscall.ENOEXEC, "#!"},
		{"no interpreter", Command{Path: write("script", "#!/none/such\n", 0o755)}, fs.ErrNotExist, "interpreter"},
		{"no working directory", Command{Path: "/bin/sh", Dir: dir + "/nowhere"}, fs.ErrNotExist, "working directory"},
		{"zero byte", Command{Path: "/bin/sh", Args: []string{"sh", "a\x00b"}}, syscall.EINVAL, "zero byte"},
		{"too large", Command{Path: "/bin/sh", Args: []string{strings.Repeat("x", maxCommand)}}, nil, "bytes"},
		{"too large for the kernel", Command{Path: "/bin/sh", Args: []string{strings.Repeat("x", 1<<20)}}, syscall.E2BIG, "/bin/sh"},
		{"unknown limit", Command{Path: "/bin/sh", Limits: map[string]uint64{"patience": 1}}, nil, "patience"},
		{"too many files", Command{Path: "/bin/sh", Files: make([]*os.File, maxFiles+1)}, nil, "files"},
		{"no file", Command{Path: "/bin/sh", Files: make([]*os.File, 1)}, nil, "file 3"},
	} {
		_, err := g.Spawn(within(t), test.c)
		if err == nil || (test.is != nil && !errors.Is(err, test.is)) || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	if state := wait(t, spawn(t, g, shell("exit 5"))); state.ExitCode != 5 {
		t.Errorf("afterwards: %s", state)
	}
}

// output runs c with its standard output on a pipe.
func output(t *testing.T, g *Guardian, c Command) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	c.Stdout = w
	p, err := g.Spawn(within(t), c)
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	wait(t, p)
	return string(text)
}

func TestFiles(t *testing.T) {
	g := start(t)
	var files []*os.File
	for i := range 3 {
		f, err := os.CreateTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		fmt.Fprintf(f, "file %d\n", i)
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	c := shell("cat; cat <&3; cat <&4; echo err >&2 || true")
	c.Stdin, c.Files = files[2], files[:2]
	if got := output(t, g, c); got != "file 2\nfile 0\nfile 1\n" {
		t.Errorf("the worker read %q", got)
	}
	if _, err := files[0].Stat(); err != nil {
		t.Errorf("the caller's file was closed: %v", err)
	}
	closed, _ := os.Open(os.DevNull)
	closed.Close()
	if _, err := g.Spawn(within(t), Command{Path: "/bin/sh", Files: []*os.File{closed}}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("with a closed file: %v", err)
	}
	if got := output(t, g, shell("cat; ls -l /dev/fd/ 2>/dev/null | grep -c null; true")); got == "" {
		t.Error("no output without files")
	}
}

func TestEnvironment(t *testing.T) {
	g := start(t)
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	c := Command{Path: "sh", Args: []string{"my name", "-c", `echo "$0|$1|$A|$(pwd)|$FONDACO_GUARDIAN|${FONDACO_INSTANCE##*.}"`, "zero", "é\n"},
		Env: []string{"A=b c", "PATH=" + os.Getenv("PATH"), InstanceVariable + "=old.0", marker + "=3:x"}, Dir: dir}
	if got, want := output(t, g, c), "zero|é\n|b c|"+dir+"||1\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	t.Setenv("GUARDIAN_TEST_INHERITED", "yes")
	if got := output(t, g, shell("echo $GUARDIAN_TEST_INHERITED")); got != "yes\n" {
		t.Errorf("without Env the worker saw %q", got)
	}
	big := strings.Repeat("x", 100<<10)
	c = Command{Path: "sh", Args: []string{"sh", "-c", `printf %s "$1$2$3$4$5$6$7$8$9" | wc -c`, "sh", big, big, big, big, big, big, big, big, big}}
	if got := strings.TrimSpace(output(t, g, c)); got != fmt.Sprint(9*len(big)) {
		t.Errorf("long arguments: %s bytes arrived", got)
	}
}

func TestSignal(t *testing.T) {
	g := start(t)
	p, _ := spawnFamily(t, g, `trap 'exit 7' TERM; echo $$; while :; do sleep 0.01; done`, 1)
	if err := p.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if state := wait(t, p); state.ExitCode != 7 {
		t.Errorf("ended with %s", state)
	}
	if err := p.Signal(syscall.SIGTERM); !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("signal to an ended process: %v", err)
	}
	if err := p.Kill(); !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("kill of an ended process: %v", err)
	}
	for _, sig := range []string{"INT", "TERM", "HUP", "PIPE"} {
		if state := wait(t, spawn(t, g, shell("kill -"+sig+" $$; exit 1"))); state.Signal == 0 {
			t.Errorf("a worker inherited that SIG%s is ignored: %s", sig, state)
		}
	}
}

// TestGuardianIgnoresSignals sends the guardian what a terminal or a service
// manager sends to everybody.
func TestGuardianIgnoresSignals(t *testing.T) {
	g := start(t)
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE, syscall.SIGQUIT} {
		if err := syscall.Kill(g.Pid(), sig); err != nil {
			t.Fatal(err)
		}
	}
	pid := g.Pid()
	if state := wait(t, spawn(t, g, shell("exit 4"))); state.ExitCode != 4 || g.Pid() != pid {
		t.Errorf("ended with %s, guardian was %d, is %d", state, pid, g.Pid())
	}
}

func TestParallel(t *testing.T) {
	g := start(t)
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			p, err := g.Spawn(within(t), shell(fmt.Sprintf("exit %d", i)))
			if err != nil {
				t.Error(err)
				return
			}
			if state := wait(t, p); state.ExitCode != i {
				t.Errorf("process %d: %s", i, state)
			}
		})
	}
	wg.Wait()
}

func TestClose(t *testing.T) {
	g := start(t)
	p, pids := spawnFamily(t, g, `trap "" TERM; `+family+`wait; sleep 1000`, 4)
	guardian := g.Pid()
	if err := g.Close(within(t)); err != nil {
		t.Fatal(err)
	}
	if state := wait(t, p); state.Signal != syscall.SIGKILL {
		t.Errorf("ended with %s", state)
	}
	if _, err := g.Spawn(within(t), shell("true")); !errors.Is(err, ErrClosed) {
		t.Errorf("spawn after close: %v", err)
	}
	awaitGone(t, append(pids, p.Pid(), guardian)...)
	if g.Pid() != 0 {
		t.Errorf("Pid is %d after Close", g.Pid())
	}
}

func TestCloseUnused(t *testing.T) {
	g := New(Options{})
	if g.Pid() != 0 {
		t.Error("New started a process")
	}
	if err := g.Close(within(t)); err != nil {
		t.Error(err)
	}
}

// TestStartWithoutMain executes a binary as a guardian that ends instead, and
// then is in the place of one that goes on and starts a guardian again.
func TestStartWithoutMain(t *testing.T) {
	t.Setenv(role, "forgetful")
	if _, err := Start(within(t), Options{}); !errors.Is(err, ErrLost) || !strings.Contains(err.Error(), "guardian.Main") {
		t.Errorf("start with a binary that ends: %v", err)
	}
	t.Setenv(marker, "3:x")
	if _, err := Start(within(t), Options{}); err == nil || !strings.Contains(err.Error(), "guardian.Main") {
		t.Errorf("start in a guardian: %v", err)
	}
}

func TestUsage(t *testing.T) {
	g := start(t)
	state := wait(t, spawn(t, g, Command{Path: "perl", Args: []string{"perl", "-e", `my $x = "x" x 30_000_000; my $n = 0; $n += $_ for 1..2_000_000`}}))
	if !state.Success() || state.MaxRSS < 30_000_000 || state.User <= 0 {
		t.Errorf("%s: %+v", state, state)
	}
}

func FuzzSpec(f *testing.F) {
	full := spec{path: "/bin/sh", dir: "/", args: []string{"sh", ""}, env: []string{"A=b"}, std: 5, nice: -3, oom: 200,
		limits: []limit{{1, 2}}, credential: &syscall.Credential{Uid: 1, Gid: 2, Groups: []uint32{3}, NoSetGroups: true}}
	f.Add(full.encode(nil))
	f.Add((&spec{}).encode(nil))
	f.Add(bytes.Repeat([]byte{0xff}, 40))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := decodeSpec(b)
		if err != nil {
			return
		}
		again, err := decodeSpec(s.encode(nil))
		if err != nil || !bytes.Equal(again.encode(nil), s.encode(nil)) {
			t.Errorf("%x: %v", b, err)
		}
	})
}
