package sdk_test

import (
	"testing"

	"github.com/fondaco/fondaco/conformance/workertest"
)

// BenchmarkPipelined prints the calls per second of one worker of each
// language with 64 calls of 100 bytes in flight: with the language's CBOR
// library where it is installed, and with the small codec.
func BenchmarkPipelined(b *testing.B) {
	for _, c := range []struct{ name, file string }{
		{"python", kitPython},
		{"perl", "../conformance/plugins/kit.pl"},
		{"ruby", "../conformance/plugins/kit.rb"},
		{"node", kitNode},
	} {
		b.Run(c.name, func(b *testing.B) {
			interpreter := ""
			if c.file == kitPython {
				interpreter = pythonWithC(b)
			}
			workertest.BenchmarkPipelined(b, launch(b, interpreter, c.file))
		})
		if c.file == kitNode {
			continue // has one codec only
		}
		b.Run(c.name+" small", func(b *testing.B) {
			workertest.BenchmarkPipelined(b, launch(b, "", c.file, "FONDACO_CODEC=small"))
		})
	}
}
