package sdk_test

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/fondaco/fondaco/conformance/workertest"
)

// textPlugin returns a worker that runs text as a plugin file of the given name.
func textPlugin(t testing.TB, name, text string, env ...string) workertest.Worker {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return launch(t, "", file, env...)
}

// callable returns the names of the functions in hello.
func callable(t testing.TB, p *workertest.Peer) string {
	t.Helper()
	v, _ := p.Hello.Get("functions")
	var names []string
	for _, name := range v.([]any) {
		names = append(names, name.(string))
	}
	return strings.Join(names, " ")
}

// expectLoadError fails the test unless the plugin ends its worker with status
// 1 and a message that contains want.
func expectLoadError(t *testing.T, w workertest.Worker, want string) {
	t.Helper()
	p := workertest.Launch(t, w)
	p.ExpectEOF()
	if status := p.Wait(); status != 1 {
		t.Errorf("the worker ends with status %d, want 1", status)
	}
	if !strings.Contains(p.Output(), want) {
		t.Errorf("the worker prints %q, want %q in it", p.Output(), want)
	}
}

const perlPlain = `use List::Util qw(sum max);
use constant LIMIT => 5;
use Fondaco qw(call);
sub total { return sum(@_) }
sub on_data { return 1 }
sub data { local $/; return scalar <DATA> }
sub twins { return { text => "caf\xc3\xa9", bytes => "\xff", truth => 1 == 1, lie => 1 == 2, number => 7, digits => "7" } }
sub deep { return inner($_[0]) }
sub inner { die { message => "no $_[0]" } }
sub child { my $pid = fork // die; if (!$pid) { exit 3 } waitpid $pid, 0; return $? >> 8 }
sub inherited { return scalar qx(ls /proc/self/fd) =~ tr/0-9// }
sub surrogate { no warnings; return chr 0xd800 }
sub itself { my $x = []; push @$x, $x; return $x }
sub stop { my ($needs) = @_ }
__DATA__
the data
`

func TestPerlPlain(t *testing.T) {
	for _, env := range []string{"FONDACO_CODEC=", "FONDACO_CODEC=small"} {
		t.Run(env, func(t *testing.T) {
			t.Parallel()
			p := workertest.Start(t, textPlugin(t, "plain.pl", perlPlain, env))
			if got, want := callable(t, p), "child data deep inherited inner itself surrogate total twins"; got != want {
				t.Errorf("functions are %s, want %s", got, want)
			}
			p.Call(1, "total", 1, 2, 3)
			p.ExpectReply(1, 6)
			p.Call(2, "data")
			p.ExpectReply(2, "the data\n")
			p.Call(3, "child")
			p.ExpectReply(3, 3)
			p.Call(4, "deep", "way")
			e := p.ExpectError(4, "user")
			if len(e.Backtrace) != 2 || !strings.HasSuffix(e.Backtrace[0], "plain.pl:9:in inner") || !strings.HasSuffix(e.Backtrace[1], "plain.pl:8:in deep") {
				t.Errorf("the backtrace is %q, want lines 9 and 8", e.Backtrace)
			}
			if e.Class != "HASH" || e.Message != "no way" {
				t.Errorf("the error is %s %q", e.Class, e.Message)
			}
			for id, f := range []string{"surrogate", "itself"} {
				p.Call(uint32(10+id), f)
				p.ExpectError(uint32(10+id), "user")
			}
			p.Call(20, "twins")
			got, _ := p.Reply(20).(workertest.Map)
			for key, want := range map[string]any{"text": "café", "bytes": []byte{0xff}, "number": 7, "digits": "7"} {
				if v, _ := got.Get(key); workertest.Show(v) != workertest.Show(want) {
					t.Errorf("%s is %s, want %s", key, workertest.Show(v), workertest.Show(want))
				}
			}
		})
	}
}

func TestPerlLoadError(t *testing.T) {
	expectLoadError(t, textPlugin(t, "broken.pl", "sub f { 1 }\nmy $x = ;\n"), "broken.pl line 2")
	expectLoadError(t, textPlugin(t, "dies.pl", "sub f { 1 }\ndie 'not today';\n"), "not today at ")
	expectLoadError(t, textPlugin(t, "start.pl", "sub start { die 'no start' }\n"), "no start at ")
}

const rubyPlain = `require "set"
include Comparable
def raised = raise(ArgumentError, "raised")
def format(x) = "formatted #{x}"
def on_data; end
def start(needs); needs; end
def data = DATA.read
def here = File.basename(__dir__) != "" && __FILE__.end_with?("plain.rb")
def child
  pid = fork { exit 3 }
  Process.wait(pid)
  $?.exitstatus
end
def stray
  pid = fork
  return "in the child" unless pid
  Process.wait(pid)
  "in the parent"
end
def versions = Gem::Version.new("1.10") > Gem::Version.new("1.9")
def missing = require("no/such/file")
def keys = { ok: [1, :two], "text" => Fondaco::Tuple[:three] }
def threads = Thread.new { Fondaco.call("a", "b") }.value
def latin = "caf\u00e9".encode("ISO-8859-1")
def itself2
  x = []
  x << x
end
__END__
the data
`

func TestRubyPlain(t *testing.T) {
	for _, env := range []string{"FONDACO_CODEC=", "FONDACO_CODEC=small"} {
		t.Run(env, func(t *testing.T) {
			t.Parallel()
			p := workertest.Start(t, textPlugin(t, "plain.rb", rubyPlain, env))
			if got, want := callable(t, p), "child data format here itself2 keys latin missing raised start stray threads versions"; got != want {
				t.Errorf("functions are %s, want %s", got, want)
			}
			for id, c := range []struct {
				function string
				want     any
			}{
				{"data", "the data\n"}, {"here", true}, {"child", 3}, {"stray", "in the parent"}, {"versions", true}, {"latin", "café"},
				{"keys", workertest.Map{{Key: workertest.Symbol("ok"), Value: []any{1, workertest.Symbol("two")}},
					{Key: "text", Value: workertest.Tuple{workertest.Symbol("three")}}}},
			} {
				p.Call(uint32(id), c.function)
				p.ExpectReply(uint32(id), c.want)
			}
			for id, c := range []struct{ function, class string }{
				{"missing", "LoadError"}, {"threads", "ThreadError"}, {"itself2", "UnencodableValue"}, {"raised", "ArgumentError"},
			} {
				p.Call(uint32(id), c.function)
				if e := p.ExpectError(uint32(id), "user"); e.Class != c.class {
					t.Errorf("%s fails with %+v, want the class %s", c.function, e, c.class)
				}
			}
		})
	}
}

func TestRubyLoadError(t *testing.T) {
	expectLoadError(t, textPlugin(t, "broken.rb", "def f = 1\ndef g\n  1 +*\nend\n"), "broken.rb:3")
	expectLoadError(t, textPlugin(t, "dies.rb", "def f = 1\nraise 'not today'\n"), "dies.rb:2")
	expectLoadError(t, textPlugin(t, "start.rb", "def start\n  raise 'no start'\nend\n"), "no start")
}

// TestScripts shows, for Perl and Ruby, what happens around the calls: text
// from a descriptor, calls and logs before hello, an interrupt from the
// terminal, and what the plugin's own children inherit.
func TestScripts(t *testing.T) {
	for _, c := range []struct{ file, text string }{
		{"/nowhere/p.pl", `use Fondaco;
Fondaco::log('info', 'loading');
my $why;
sub start { $why = eval { Fondaco::call('a', 'b'); 1 } ? 'none' : $@->message }
sub reason { return $why }
sub where { return __FILE__ }
sub look { return scalar qx(ls -l /proc/self/fd) }
`},
		{"/nowhere/p.rb", `require "fondaco"
Fondaco.log("info", "loading")
def start
  Fondaco.call("a", "b")
rescue Fondaco::Error => e
  @why = e.message
end
def reason = @why
def where = __FILE__
def look = ` + "`ls -l /proc/self/fd`" + `
`},
	} {
		t.Run(filepath.Ext(c.file), func(t *testing.T) {
			t.Parallel()
			w := launch(t, "", c.file, "FONDACO_CODE=fd:5")
			command := w.Command
			w.Command = func(t testing.TB) *exec.Cmd {
				cmd := command(t)
				code := nameless(t, []byte(c.text))
				if _, err := code.Seek(0, io.SeekEnd); err != nil { // another worker has read it before
					t.Fatal(err)
				}
				cmd.ExtraFiles = append(cmd.ExtraFiles, code)
				return cmd
			}
			p := workertest.Start(t, w)
			if err := p.Cmd.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
			p.Call(1, "where")
			p.ExpectReply(1, c.file)
			p.Call(2, "reason")
			p.ExpectReply(2, "a plugin can call only when it is loaded and start() has returned")
			p.Call(3, "look")
			if child, _ := p.Reply(3).(string); !strings.Contains(child, "->") || strings.Contains(child, "socket:") || strings.Contains(child, "deleted") {
				t.Errorf("a child of the plugin has these descriptors:\n%s", child)
			}
			p.Send(0, 6)
			p.Wait()
			if !strings.Contains(p.Output(), "info: loading\n") {
				t.Errorf("the output %q lacks the log line", p.Output())
			}
		})
	}
}
