package sdk_test

import (
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/fondaco/fondaco/conformance/workertest"
	"github.com/fondaco/fondaco/internal/need"
)

const kitRuby = "../conformance/plugins/kit.rb"

// multiline is the option of a regular expression that is always on in Ruby.
const multiline = 4

// rubyC returns the worker that uses the cbor library.
func rubyC(t testing.TB) workertest.Worker {
	t.Helper()
	if need.Program(t, "ruby", "apt install ruby"); exec.Command("ruby", "-rcbor", "-e", "1").Run() != nil {
		need.Missing(t, "ruby has no cbor: apt install ruby-cbor")
	}
	w := launch(t, "", kitRuby)
	w.Through = throughRuby
	return w
}

// rubySmall returns the worker that uses its own codec.
func rubySmall(t testing.TB) workertest.Worker {
	t.Helper()
	w := launch(t, "", kitRuby, "FONDACO_CODEC=small")
	w.Through = throughRuby
	return w
}

// throughRuby returns what Ruby makes of a value: a regular expression cannot
// say that ^ and $ match at line ends, because they always do.
func throughRuby(v any) any {
	if r, ok := v.(workertest.Regex); ok {
		r.Options &^= multiline
		return r
	}
	return v
}

func TestRuby(t *testing.T) {
	t.Run("cbor", func(t *testing.T) { workertest.Run(t, rubyC(t)) })
	t.Run("small", func(t *testing.T) { workertest.Run(t, rubySmall(t)) })
}

func BenchmarkRuby(b *testing.B) {
	b.Run("cbor", func(b *testing.B) { workertest.BenchmarkPipelined(b, rubyC(b)) })
	b.Run("small", func(b *testing.B) { workertest.BenchmarkPipelined(b, rubySmall(b)) })
}

// signals is a plugin that raises the exceptions Ruby makes of signals, and
// that sends itself signals.
const signals = `def interrupt = raise(Interrupt)
def term = raise(SignalException, "TERM")
def nested = Fondaco.call("other", "one")
def forked
  pid = fork
  raise SignalException, "KILL" unless pid
  Process.wait2(pid)[1].termsig
end
def shoot(name)
  Process.kill(name, Process.pid)
  sleep
end
`

// TestRubySignals shows that an exception is the caller's error also when it
// is one that Ruby makes of signals, and that real signals end the worker.
func TestRubySignals(t *testing.T) {
	for _, env := range []string{"FONDACO_CODEC=", "FONDACO_CODEC=small"} {
		t.Run(env, func(t *testing.T) {
			t.Parallel()
			w := textPlugin(t, "signals.rb", signals, env)
			p := workertest.Start(t, w)
			for id, c := range []struct{ function, class, message string }{
				{"interrupt", "Interrupt", "Interrupt"}, {"term", "SignalException", "SIGTERM"},
			} {
				p.Call(uint32(id), c.function)
				e := p.ExpectError(uint32(id), "user")
				if e.Class != c.class || e.Message != c.message || len(e.Backtrace) != 1 || !strings.HasSuffix(e.Backtrace[0], ":in "+c.function) {
					t.Errorf("%s fails with %+v, want %s: %s", c.function, e, c.class, c.message)
				}
			}
			p.Call(10, "nested")
			r := p.Request()
			p.Call(11, "interrupt")
			p.ExpectError(11, "user")
			p.Send(r.ID, 3, "one")
			p.ExpectReply(10, "one")
			p.Call(12, "forked")
			p.ExpectReply(12, int(syscall.SIGKILL))
			for _, name := range []string{"TERM", "HUP", "USR1"} {
				p := workertest.Start(t, w)
				p.Call(1, "shoot", name)
				p.ExpectEOF()
			}
		})
	}
}

func TestRubyRaisesSignalAtLoad(t *testing.T) {
	expectLoadError(t, textPlugin(t, "load.rb", "def f = 1\nraise Interrupt\n"), "load.rb:2")
}
