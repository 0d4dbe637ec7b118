package sdk_test

import (
	"os/exec"
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
