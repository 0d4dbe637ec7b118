package sdk_test

import (
	"testing"

	"github.com/fondaco/fondaco/conformance/workertest"
)

// BenchmarkPipelined prints the calls per second of one worker of each
// language with 64 calls in flight.
func BenchmarkPipelined(b *testing.B) {
	b.Run("python/cbor2", func(b *testing.B) { workertest.BenchmarkPipelined(b, launch(b, pythonWithC(b), kitPython)) })
	b.Run("python/small", func(b *testing.B) {
		workertest.BenchmarkPipelined(b, launch(b, "", kitPython, "FONDACO_CODEC=small"))
	})
	b.Run("node", func(b *testing.B) { workertest.BenchmarkPipelined(b, launch(b, "", kitNode)) })
}
