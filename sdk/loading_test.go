package sdk_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/fondaco/fondaco/conformance/workertest"
)

// plugin writes a plugin into a folder of its own and returns its path.
func plugin(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// names returns a list of hello as text.
func names(t testing.TB, p *workertest.Peer, key string) string {
	t.Helper()
	v, _ := p.Hello.Get(key)
	list, ok := v.([]any)
	if !ok {
		t.Fatalf("%s of hello are %s, want a list", key, workertest.Show(v))
	}
	words := make([]string, len(list))
	for i, word := range list {
		words[i], _ = word.(string)
	}
	return strings.Join(words, " ")
}

func TestFunctions(t *testing.T) {
	for _, c := range []struct{ name, file, text, functions, guards string }{
		{"python", "p.py", `
import functools
from os.path import join
import json
@functools.lru_cache(maxsize=8)
def kept(x): return x
class Thing: pass
def one(): pass
def one_pred(): return True
def two_pred(): return True
def _hidden(): pass
def start(needs): pass
def stop(): pass
def handle_msg(channel, body): pass
def on_request(request): pass
short = lambda: 1
number = 3
`, "kept one two_pred start short", "one"},
		{"python with __all__", "p.py", "__all__ = ['b', '_c']\ndef a(): pass\ndef b(): pass\ndef _c(): pass\n", "b", ""},
		{"node", "p.js", `
const { join } = require('path');
const read = require('fs').readFileSync;
class Thing {}
function one() { function inner() {} return inner; }
function one_pred() { return true; }
async function two() {}
function* three() {}
const four = (x) => x;
const five = async function () {};
function _hidden() {}
function start(needs) {}
function stop() {}
function handle_msg(channel, body) {}
const number = 3;
`, "one two three start four five", "one"},
		{"node with exports", "p.js", "function a() {}\nexports.b = () => 1;\nexports._c = a;\n", "b", ""},
		{"node with module.exports", "p.js", "function a() {}\nmodule.exports = { a, n: 1, K: class {} };\n", "a", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := workertest.Start(t, launch(t, "", plugin(t, c.file, c.text)))
			if got := names(t, p, "functions"); !sameWords(got, c.functions) {
				t.Errorf("the functions are %q, want %q", got, c.functions)
			}
			if got := names(t, p, "guards"); got != c.guards {
				t.Errorf("the guards are %q, want %q", got, c.guards)
			}
		})
	}
}

// sameWords compares two texts as sets of words.
func sameWords(a, b string) bool {
	count := map[string]int{}
	for _, word := range strings.Fields(a) {
		count[word]++
	}
	for _, word := range strings.Fields(b) {
		count[word]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

func TestLoadError(t *testing.T) {
	for _, c := range []struct{ name, file, text, want string }{
		{"python syntax", "p.py", "def a():\n    pass\ndef b(:\n", "p.py:3: SyntaxError: "},
		{"python exception", "p.py", "def a():\n    raise KeyError('key')\n\na()\n", "p.py:2: KeyError: 'key'"},
		{"python import", "p.py", "\nimport no_such_module\n", "p.py:2: ModuleNotFoundError: No module named 'no_such_module'"},
		{"python start", "p.py", "def start():\n    1 / 0\n", "p.py:2: ZeroDivisionError: division by zero"},
		{"python exit", "p.py", "import sys\nsys.exit(0)\n", "p.py:2: SystemExit: "},
		{"node syntax", "p.js", "function a() {}\n\nconst b = = 1;\n", "p.js:3: SyntaxError: "},
		{"node exception", "p.js", "function a() {\n  throw new RangeError('far');\n}\na();\n", "p.js:2: RangeError: far"},
		{"node require", "p.js", "\nrequire('no-such-module');\n", "p.js:2: Error: Cannot find module 'no-such-module'"},
		{"node start", "p.js", "async function start() {\n  null.x;\n}\n", "p.js:2: TypeError: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := plugin(t, c.file, c.text)
			p := workertest.Launch(t, launch(t, "", file))
			p.ExpectEOF()
			if status := p.Wait(); status != 1 {
				t.Errorf("the worker ends with status %d, want 1", status)
			}
			if want := filepath.Dir(file) + "/" + c.want; !strings.Contains(p.Output(), want) {
				t.Errorf("the output %q lacks %q", p.Output(), want)
			}
			if strings.Contains(p.Output(), "fondaco/") || strings.Contains(p.Output(), "/proc/self") {
				t.Errorf("the output %q shows the launcher", p.Output())
			}
		})
	}
}

// TestCode runs text from a descriptor under the name of a file that does not
// exist.
func TestCode(t *testing.T) {
	for _, c := range []struct{ name, file, text string }{
		{"python", "/nowhere/p.py", "def where():\n    return __file__\n\ndef fail():\n    raise ValueError('x')\n"},
		{"node", "/nowhere/p.js", "function where() {\n  return __filename;\n}\n\nfunction fail() { throw new Error('x'); }\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := launch(t, "", c.file, "FONDACO_CODE=fd:5")
			command := w.Command
			w.Command = func(t testing.TB) *exec.Cmd {
				cmd := command(t)
				code := nameless(t, []byte(c.text))
				if _, err := code.Seek(0, 2); err != nil { // another worker has read it before
					t.Fatal(err)
				}
				cmd.ExtraFiles = append(cmd.ExtraFiles, code)
				return cmd
			}
			p := workertest.Start(t, w)
			p.Call(1, "where")
			p.ExpectReply(1, c.file)
			p.Call(2, "fail")
			if e := p.ExpectError(2, "user"); len(e.Backtrace) == 0 || !strings.HasPrefix(e.Backtrace[0], c.file+":5:in ") {
				t.Errorf("the backtrace is %q, want %s:5:in fail", e.Backtrace, c.file)
			}
		})
	}
}

func TestBacktrace(t *testing.T) {
	for _, c := range []struct{ name, file, text, class, want string }{
		{"python", "p.py", "class Odd(Exception): pass\ndef inner(x):\n    raise Odd('odd')\n\ndef outer(x):\n    inner(x)\n",
			"Odd", "p.py:3:in inner p.py:6:in outer"},
		{"python, arity", "p.py", "def inner(x, y): pass\n\ndef outer(x):\n    inner(x)\n", "TypeError", "p.py:4:in outer"},
		{"node", "p.js", "class Odd extends Error {}\nfunction inner(x) {\n  throw new Odd('odd');\n}\n\nfunction outer(x) {\n  inner(x);\n}\n",
			"Odd", "p.js:3:in inner p.js:7:in outer"},
		{"node, async", "p.js", "async function inner(x) {\n  await null;\n  throw new TypeError('odd');\n}\n\nasync function outer(x) {\n  await inner(x);\n}\n",
			"TypeError", "p.js:3:in inner p.js:7:in outer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := plugin(t, c.file, c.text)
			p := workertest.Start(t, launch(t, "", file))
			p.Call(1, "outer", 1)
			e := p.ExpectError(1, "user")
			got := strings.ReplaceAll(strings.Join(e.Backtrace, " "), filepath.Dir(file)+"/", "")
			if e.Class != c.class || got != c.want {
				t.Errorf("class %q and backtrace %q, want %q and %q", e.Class, got, c.class, c.want)
			}
		})
	}
}

// TestDescriptors looks at what a child of the plugin inherits.
func TestDescriptors(t *testing.T) {
	for _, c := range []struct{ name, file, text string }{
		{"python", "p.py", "import os, subprocess\ndef look():\n" +
			"    return [os.readlink('/proc/self/fd/3'), subprocess.check_output(['ls', '-l', '/proc/self/fd'], close_fds=False).decode()]\n"},
		{"node", "p.js", "function look() {\n" +
			"  return [require('fs').readlinkSync('/proc/self/fd/3'), require('child_process').execFileSync('ls', ['-l', '/proc/self/fd']).toString()];\n}\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := workertest.Start(t, launch(t, "", plugin(t, c.file, c.text)))
			p.Call(1, "look")
			both, ok := p.Reply(1).([]any)
			if !ok || len(both) != 2 {
				t.Fatalf("look() replied %s", workertest.Show(both))
			}
			socket, _ := both[0].(string)
			if child, _ := both[1].(string); !strings.HasPrefix(socket, "socket:") || strings.Contains(child, socket) {
				t.Errorf("a child has the worker's %s among its descriptors:\n%s", socket, child)
			}
		})
	}
}

func TestInterrupt(t *testing.T) {
	for _, file := range []string{kitPython, kitNode} {
		t.Run(filepath.Ext(file), func(t *testing.T) {
			p := workertest.Start(t, launch(t, "", file))
			if err := p.Cmd.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
			p.Call(1, "echo", "still here")
			p.ExpectReply(1, "still here")
		})
	}
}

// TestBeforeHello logs and calls while the plugin is loaded.
func TestBeforeHello(t *testing.T) {
	for _, c := range []struct{ name, file, text string }{
		{"python", "p.py", "import fondaco\nfondaco.log('info', 'loading')\nwhy = []\ndef start():\n    try:\n        fondaco.call('a', 'b')\n" +
			"    except RuntimeError as e:\n        why.append(str(e))\n\ndef reason():\n    return why[0]\n"},
		{"node", "p.js", "const fondaco = require('fondaco');\nfondaco.log('info', 'loading');\nlet why;\nasync function start() {\n  try {\n    await fondaco.call('a', 'b');\n" +
			"  } catch (e) {\n    why = e.message;\n  }\n}\n\nfunction reason() {\n  return why;\n}\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := workertest.Start(t, launch(t, "", plugin(t, c.file, c.text)))
			p.Call(1, "reason")
			p.ExpectReply(1, "a plugin can call only when it is loaded and start() has returned")
			p.Send(0, 6)
			p.Wait()
			if !strings.Contains(p.Output(), "info: loading\n") {
				t.Errorf("the output %q lacks the log line", p.Output())
			}
		})
	}
}
