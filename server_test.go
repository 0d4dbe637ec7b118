package fondaco_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/internal/need"
)

const mathLua = `
local m = {}
function m.add(a, b) return a + b end
function m.fib(n) if n < 2 then return n end return m.fib(n-1) + m.fib(n-2) end
function m.fib_pred(n) return n < 10 end
function m.relay(module, f, x) return fondaco.call(module, f, x) end
return m
`

const slowPython = `
import os, time, signal, sys
def pid(): return os.getpid()
def fib(n): return "python"
def sub(a, b): return a - b
def deep(n):
    value = []
    for _ in range(n): value = [value]
    return value
def wide(n): return [0] * n
def hang(seconds):
    time.sleep(seconds)
    return "awake"
def die(): os.kill(os.getpid(), signal.SIGKILL)
def shout():
    print("this is stdout")
    print("this is stderr", file=sys.stderr, flush=True)
    return 1
def lasting():
    print("the last words", file=sys.stderr, flush=True)
    os._exit(7)
`

func TestShadowingAndPredicates(t *testing.T) {
	need.Program(t, "python3", "apt-get install python3")
	s := serve(t, `
  math:
    - plugin: math.lua
    - plugin: slow.py
      workers: {max: 1}
`, map[string]string{"math.lua": mathLua, "slow.py": slowPython})
	s.want(t, "math/add", "[1, 2]", 200, "3")
	s.want(t, "math/fib", "[9]", 200, "34")        // the first plugin's predicate agrees
	s.want(t, "math/fib", "[10]", 200, `"python"`) // it refuses: the second plugin's turn
	s.want(t, "math/sub", "[5, 3]", 200, "2")      // only the second has it
	s.want(t, "math/mul", "[5, 3]", 404, "~no_function")
	s.want(t, "maths/add", "[5, 3]", 404, "~no_module")
	s.want(t, "math/fib_pred", "[5]", 404, "~no_function")
	// A nested call's no_function is the plugin's own error, and ends there.
	s.want(t, "math/relay", `["math", "nothing", 1]`, 500, "~NoFunction")
}

func TestReloadPutsNewCodeInService(t *testing.T) {
	s := serve(t, "  m: [{plugin: m.lua}]\n", map[string]string{"m.lua": "function v() return 1 end"})
	file := filepath.Join(filepath.Dir(s.Info().Config), "m.lua")
	before := s.want(t, "m/v", "[]", 200, "1")
	if g := before.header.Get("Fondaco-Generation"); g != "1" {
		t.Errorf("generation %q, want 1", g)
	}
	rewrite(t, file, "function v( return 2 end")
	if err := s.Reload(context.Background(), "m"); err == nil || !strings.Contains(err.Error(), "m.lua") {
		t.Errorf("reloading broken code: %v", err)
	}
	s.want(t, "m/v", "[]", 200, "1")
	rewrite(t, file, "function v() return 3 end")
	if err := s.Reload(context.Background(), "m"); err != nil {
		t.Fatal(err)
	}
	after := s.want(t, "m/v", "[]", 200, "3")
	if g := after.header.Get("Fondaco-Generation"); g != "2" {
		t.Errorf("generation %q, want 2", g)
	}
	if err := s.Reload(context.Background(), "nope"); !errors.Is(err, core.ErrNoModule) {
		t.Errorf("reloading nothing: %v", err)
	}
}

func rewrite(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestReloadUnderLoadLosesNoCall(t *testing.T) {
	need.Program(t, "python3", "apt-get install python3")
	s := serve(t, "  m: [{plugin: slow.py, workers: 2}]\n", map[string]string{"slow.py": slowPython})
	stop := make(chan struct{})
	var wg sync.WaitGroup
	var calls atomic.Int64
	for range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for {
				select {
				case <-stop:
					return
				default:
				}
				got, err := call(s.url, "m/sub", "[3, 2]")
				if err != nil || got.status != 200 {
					t.Errorf("a call failed: %v %v", got, err)
					return
				}
				calls.Add(1)
			}
		}()
	}
	for range 3 {
		if err := s.Reload(context.Background(), "m"); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	wg.Wait()
	if calls.Load() == 0 {
		t.Error("no call was made meanwhile")
	}
	eventually(t, "the old workers are gone", func() bool { return len(s.instances("m")) <= 2 })
}

func TestDisableAndEnable(t *testing.T) {
	s := serve(t, "  m: [{plugin: m.lua}]\n", map[string]string{"m.lua": "function v() return 1 end"})
	ctx := context.Background()
	if err := s.SetEnabled(ctx, "m", false, "alice"); err != nil {
		t.Fatal(err)
	}
	s.want(t, "m/v", "[]", 503, "~alice")
	if in := s.Modules()[0]; in.Enabled || len(in.Plugins) != 1 || in.Plugins[0].State != "disabled" {
		t.Errorf("listed as %+v", in)
	}
	if err := s.SetEnabled(ctx, "m", true, "alice"); err != nil {
		t.Fatal(err)
	}
	s.want(t, "m/v", "[]", 200, "1")
}

func TestConfigurationIsReadAgain(t *testing.T) {
	s := serve(t, "  a: [{plugin: m.lua}]\n", map[string]string{"m.lua": "function v() return 1 end"})
	file := s.Info().Config
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	rewrite(t, file, strings.Replace(string(text), "  a: ", "  b: ", 1))
	if err := s.ReloadConfig(context.Background()); err != nil {
		t.Fatal(err)
	}
	s.want(t, "b/v", "[]", 200, "1")
	s.want(t, "a/v", "[]", 404, "~no_module")
	if strings.Contains(s.log.String(), "restart the server") {
		t.Error("a new module is said to want a restart")
	}
	moved := strings.Replace(string(text), "listen: [", "\n\nlisten: [", 1)
	rewrite(t, file, strings.Replace(moved, "  a: ", "  b: ", 1))
	if err := s.ReloadConfig(context.Background()); err != nil || strings.Contains(s.log.String(), "restart the server") {
		t.Errorf("doors in another line are other doors: %v", err)
	}
	rewrite(t, file, "log: {level: warn}\n"+strings.Replace(string(text), "  a: ", "  b: ", 1))
	if err := s.ReloadConfig(context.Background()); err != nil || !strings.Contains(s.log.String(), "restart the server\" key=log") {
		t.Errorf("nobody is told that the log stays as it is: %v", err)
	}
	rewrite(t, file, "nonsense: 1\n")
	if err := s.ReloadConfig(context.Background()); err == nil || !strings.Contains(err.Error(), "fondaco.yaml:1:1") {
		t.Errorf("a wrong file: %v", err)
	}
	s.want(t, "b/v", "[]", 200, "1")
}

func TestMissingInterpreterLeavesOthersServing(t *testing.T) {
	s := serve(t, "  a: [{plugin: m.lua}]\n  b: [{plugin: m.py, interpreter: /nowhere/python3}]\n",
		map[string]string{"m.lua": "function v() return 1 end", "m.py": ""})
	s.want(t, "a/v", "[]", 200, "1")
	s.want(t, "b/v", "[]", 503, "~/nowhere/python3")
	if p := s.Problems(); len(p) != 1 {
		t.Errorf("problems: %v", p)
	}
}

func TestWorkerKilledInMidCall(t *testing.T) {
	need.Program(t, "python3", "apt-get install python3")
	s := serve(t, "  m: [{plugin: slow.py, workers: 1}]\n", map[string]string{"slow.py": slowPython})
	first := s.want(t, "m/pid", "[]", 200, "~")
	s.want(t, "m/die", "[]", 502, "~killed")
	p := problem(t, s.want(t, "m/lasting", "[]", 502, "~the last words"))
	if p["kind"] != "broken" || !strings.Contains(fmt.Sprint(p["detail"]), "7") {
		t.Errorf("the problem does not tell the exit status: %v", p)
	}
	if second := s.want(t, "m/pid", "[]", 200, "~"); second.body == first.body {
		t.Error("the dead worker answered again")
	}
}

func TestHungWorkerIsReplacedAtItsDeadline(t *testing.T) {
	need.Program(t, "python3", "apt-get install python3")
	s := serve(t, "  m: [{plugin: slow.py, workers: 1, timeout: 2s}]\n", map[string]string{"slow.py": slowPython})
	first := s.want(t, "m/pid", "[]", 200, "~")
	s.want(t, "m/hang", "[600]", 504, "~timeout")
	if second := s.want(t, "m/pid", "[]", 200, "~"); second.body == first.body {
		t.Error("the hung worker still serves")
	}
	pid, err := strconv.Atoi(first.body)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the hung worker is gone", func() bool { return !alive(pid) })
}

func TestTooLargeAResultIsThePluginsError(t *testing.T) {
	need.Program(t, "python3", "apt-get install python3")
	s := serve(t, "  m: [{plugin: slow.py, workers: 1}]\n", map[string]string{"slow.py": slowPython})
	first := s.want(t, "m/pid", "[]", 200, "~")
	s.want(t, "m/deep", "[200]", 500, "~UnencodableValue")
	s.want(t, "m/wide", "[1200000]", 500, "~UnencodableValue")
	s.want(t, "m/pid", "[]", 200, first.body)
}

func TestPrintingDoesNoHarm(t *testing.T) {
	need.Program(t, "python3", "apt-get install python3")
	s := serve(t, "  m: [{plugin: slow.py, workers: 1}]\n", map[string]string{"slow.py": slowPython})
	s.want(t, "m/shout", "[]", 200, "1")
	s.want(t, "m/sub", "[3, 1]", 200, "2")
	eventually(t, "both lines are in the log", func() bool {
		log := s.log.String()
		return strings.Contains(log, "this is stdout") && strings.Contains(log, "this is stderr")
	})
}

func TestClientGoesAwayAndItsCallIsCancelled(t *testing.T) {
	need.Program(t, "python3", "apt-get install python3")
	s := serve(t, "  m: [{plugin: slow.py, workers: 1}]\n", map[string]string{"slow.py": slowPython})
	s.want(t, "m/sub", "[3, 1]", 200, "2")
	ctx, cancel := context.WithCancel(context.Background())
	req, err := http.NewRequestWithContext(ctx, "POST", s.url+"/m/hang", strings.NewReader("[0.5]"))
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		eventually(t, "the call runs", func() bool { return s.Modules()[0].Plugins[0].Running == 1 })
		cancel()
	}()
	if r, err := http.DefaultClient.Do(req); err == nil {
		r.Body.Close()
		t.Fatal("the cancelled request was answered")
	}
	eventually(t, "it is counted as cancelled", func() bool { return s.Modules()[0].Plugins[0].Canceled == 1 })
	s.want(t, "m/sub", "[3, 1]", 200, "2")
}

func TestDrainFinishesWhatRuns(t *testing.T) {
	need.Program(t, "python3", "apt-get install python3")
	s := serve(t, "  m: [{plugin: slow.py, workers: 1}]\n", map[string]string{"slow.py": slowPython})
	got := make(chan answer, 1)
	go func() {
		a, err := call(s.url, "m/hang", "[0.3]")
		if err != nil {
			t.Error(err)
		}
		got <- a
	}()
	eventually(t, "the call runs", func() bool { return s.Modules()[0].Plugins[0].Running == 1 })
	s.Halt()
	select {
	case a := <-got:
		if a.body != `"awake"` {
			t.Errorf("got %v", a)
		}
	case <-time.After(30 * time.Second):
		t.Error("no answer")
	}
}

// Every language runs init once per load and start once per instance.
func TestInitRunsInTheFirstWorkerOnly(t *testing.T) {
	need.Program(t, "python3", "apt-get install python3")
	need.Program(t, "perl", "apt-get install perl")
	need.Program(t, "ruby", "apt-get install ruby")
	need.Program(t, "node", "apt-get install nodejs")
	s := serve(t, `
  py: [{plugin: p.py, workers: {min: 3, max: 3}}]
  pl: [{plugin: p.pl, workers: {min: 3, max: 3}}]
  rb: [{plugin: p.rb, workers: {min: 3, max: 3}}]
  js: [{plugin: p.js, workers: {min: 3, max: 3}}]
`, map[string]string{
		"p.py": "import sys\ndef init(): print('init in py', file=sys.stderr)\ndef start(): print('start in py', file=sys.stderr)\ndef f(): return 1\n",
		"p.pl": "sub init { print STDERR \"init in pl\\n\" } sub start { print STDERR \"start in pl\\n\" } sub f { 1 } 1;\n",
		"p.rb": "def init; warn 'init in rb'; end\ndef start; warn 'start in rb'; end\ndef f; 1; end\n",
		"p.js": "exports.init = () => console.error('init in js');\nexports.start = () => console.error('start in js');\nexports.f = () => 1;\n",
	})
	for _, language := range []string{"py", "pl", "rb", "js"} {
		s.want(t, language+"/f", "[]", 200, "1")
		s.want(t, language+"/init", "[]", 404, "~no_function")
		eventually(t, "three workers of "+language+" started", func() bool { return strings.Count(s.log.String(), "start in "+language) == 3 })
		if n := strings.Count(s.log.String(), "init in "+language); n != 1 {
			t.Errorf("%s: init ran %d times, want 1", language, n)
		}
	}
}
