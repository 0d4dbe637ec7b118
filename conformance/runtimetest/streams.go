package runtimetest

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/fondaco/fondaco/core"
)

var streams = []property{
	{"stream in", []string{"total"}, testTotal},
	{"stream out", []string{"count"}, testCount},
	{"generator", []string{"each"}, testEach},
}

func isBroken(err error) bool { return errors.Is(err, core.ErrBroken) }

// source streams n chunks of size bytes in.
type source struct{ n, size int }

// Next implements core.Source.
func (s *source) Next(context.Context) ([]byte, error) {
	if s.n == 0 {
		return nil, io.EOF
	}
	s.n--
	return make([]byte, s.size), nil
}

// sink collects what is streamed out.
type sink struct{ chunks []string }

// Send implements core.Sink.
func (s *sink) Send(_ context.Context, chunk []byte) error {
	s.chunks = append(s.chunks, string(chunk))
	return nil
}

func testTotal(k *kit) {
	in := k.start(newHost())
	for _, n := range []int{0, 1, 100} {
		req := k.request("total")
		req.In = &source{n, 1000}
		k.expectRequest(in, n*1000, req)
	}
}

func testCount(k *kit) {
	in := k.start(newHost())
	for _, n := range []int{0, 1, 100} {
		req, out := k.request("count", n), &sink{}
		req.Out = out
		k.expectRequest(in, n, req)
		k.chunks(out, n)
	}
}

func (k *kit) chunks(out *sink, n int) {
	k.Helper()
	if len(out.chunks) != n {
		k.Fatalf("%d chunks came, want %d", len(out.chunks), n)
	}
	for i, chunk := range out.chunks {
		if chunk != fmt.Sprintf("chunk %d", i) {
			k.Fatalf("chunk %d is %q", i, chunk)
		}
	}
}

func testEach(k *kit) {
	in := k.start(newHost())
	req, out := k.request("each", 20), &sink{}
	req.Out = out
	k.expectRequest(in, nil, req)
	k.chunks(out, 20)
	k.expect(in, []any{"chunk 0", "chunk 1"}, "each", 2)
}
