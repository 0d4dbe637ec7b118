package sdk_test

import (
	"math"
	"os/exec"
	"testing"
	"unicode/utf8"

	"github.com/fondaco/fondaco/conformance/workertest"
	"github.com/fondaco/fondaco/internal/need"
)

const kitPerl = "../conformance/plugins/kit.pl"

// perlXS returns the worker that uses CBOR::XS.
func perlXS(t testing.TB) workertest.Worker {
	t.Helper()
	if need.Program(t, "perl", "apt install perl"); exec.Command("perl", "-MCBOR::XS", "-e", "1").Run() != nil {
		need.Missing(t, "perl has no CBOR::XS: apt install libcbor-xs-perl")
	}
	w := launch(t, "", kitPerl)
	w.Through = throughPerl
	return w
}

// perlSmall returns the worker that uses its own codec.
func perlSmall(t testing.TB) workertest.Worker {
	t.Helper()
	w := launch(t, "", kitPerl, "FONDACO_CODEC=small")
	w.Through = throughPerl
	return w
}

// throughPerl returns what Perl makes of a value: a number without a fraction
// is an int, bytes that are UTF-8 are text.
func throughPerl(v any) any {
	switch v := v.(type) {
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<31 {
			return int(v)
		}
	case []byte:
		if utf8.Valid(v) {
			return string(v)
		}
	}
	return v
}

func TestPerl(t *testing.T) {
	t.Run("xs", func(t *testing.T) { workertest.Run(t, perlXS(t)) })
	t.Run("small", func(t *testing.T) { workertest.Run(t, perlSmall(t)) })
}

func BenchmarkPerl(b *testing.B) {
	b.Run("xs", func(b *testing.B) { workertest.BenchmarkPipelined(b, perlXS(b)) })
	b.Run("small", func(b *testing.B) { workertest.BenchmarkPipelined(b, perlSmall(b)) })
}
