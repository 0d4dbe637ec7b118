package sdk_test

import (
	"fmt"
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
	w.Through, w.Lossy = throughPerl, lossyPerl
	return w
}

// perlSmall returns the worker that uses its own codec.
func perlSmall(t testing.TB) workertest.Worker {
	t.Helper()
	w := launch(t, "", kitPerl, "FONDACO_CODEC=small")
	w.Through, w.Lossy = throughPerl, lossyPerl
	return w
}

// lossyPerl names the vectors with keys that have no text.
var lossyPerl = []string{"list key", "tuple key", "map key"}

// throughPerl returns what Perl makes of a value: a float that is a small
// natural number is an int, bytes that are UTF-8 are text, and so are all keys.
func throughPerl(v any) any {
	switch v := v.(type) {
	case float64:
		if v >= 0 && v < 1<<32 && v == math.Trunc(v) {
			return int(v)
		}
	case []byte:
		if utf8.Valid(v) {
			return string(v)
		}
	case workertest.Map:
		for i := range v {
			v[i].Key = keyPerl(v[i].Key)
		}
	}
	return v
}

// keyPerl returns the text that a key of a map becomes.
func keyPerl(key any) any {
	switch key := key.(type) {
	case nil:
		return ""
	case bool:
		if key {
			return "1"
		}
		return "0"
	case int, int64, float64, workertest.Symbol:
		return fmt.Sprint(key)
	}
	return key
}

func TestPerl(t *testing.T) {
	t.Run("xs", func(t *testing.T) { workertest.Run(t, perlXS(t)) })
	t.Run("small", func(t *testing.T) { workertest.Run(t, perlSmall(t)) })
}

func BenchmarkPerl(b *testing.B) {
	b.Run("xs", func(b *testing.B) { workertest.BenchmarkPipelined(b, perlXS(b)) })
	b.Run("small", func(b *testing.B) { workertest.BenchmarkPipelined(b, perlSmall(b)) })
}
