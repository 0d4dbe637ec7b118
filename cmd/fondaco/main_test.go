package main

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/fondaco/fondaco/admin"
	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/guardian"
)

func TestMain(m *testing.M) {
	guardian.Main()
	testscript.Main(m, map[string]func(){"fondaco": main})
}

// TestScripts runs whole conversations with the binary. Besides testscript's
// own commands they have:
//
//	exits CODE COMMAND...   run a command that must exit with CODE
//	eventually PATTERN COMMAND...
//	                        run a command until its output matches
//	await [URL]             wait until the server with that admin URL serves;
//	                        sets $BERT, $HTTP and $PID
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			run := filepath.Join(env.WorkDir, ".run")
			env.Setenv("XDG_RUNTIME_DIR", run)
			env.Setenv("GORACE", noRaceSleep)
			env.Setenv("SOCKET", filepath.Join(run, "fondaco.sock"))
			for _, name := range []string{"ADMIN", "ADDRESS"} {
				address, err := free()
				if err != nil {
					return err
				}
				env.Setenv(name, address)
			}
			return os.Mkdir(run, 0o700)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "await": await, "eventually": eventually},
	})
}

// noRaceSleep keeps the race detector from sleeping a second at the end of each
// process.
const noRaceSleep = "atexit_sleep_ms=0"

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// patience bounds every wait of a script.
const patience = time.Minute

func eventually(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: eventually PATTERN COMMAND...")
	}
	pattern := regexp.MustCompile(args[0])
	for start := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		err := ts.Exec(args[1], args[2:]...)
		if err == nil && pattern.MatchString(ts.ReadFile("stdout")) {
			return
		}
		if time.Since(start) > patience {
			ts.Fatalf("no output that matches %s: %v", args[0], err)
		}
	}
}

// free returns an address that nobody listens on. Somebody else could take it
// before the script does, which only scripts with servers that cannot be asked
// for their port have to live with.
func free() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 1 {
		ts.Fatalf("usage: await [URL]")
	}
	spec := config.Admin{URL: "unix://" + ts.Getenv("SOCKET")}
	if len(args) == 1 {
		var err error
		spec, err = config.ParseAdmin(args[0])
		ts.Check(err)
	}
	c, err := admin.NewClient(spec)
	ts.Check(err)
	defer c.Close()
	for start := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		info, err := c.Info(context.Background())
		if err == nil && info.Ready {
			for _, d := range info.Doors {
				scheme, _, _ := strings.Cut(d.URL, ":")
				ts.Setenv(strings.ToUpper(scheme), d.URL)
			}
			ts.Setenv("PID", strconv.Itoa(info.Pid))
			return
		}
		if time.Since(start) > patience {
			ts.Fatalf("no server: %v, %+v", err, info)
		}
	}
}
