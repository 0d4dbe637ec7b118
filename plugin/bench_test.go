package plugin

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"syscall"
	"testing"

	"github.com/fondaco/fondaco/codec/cbor"
	"github.com/fondaco/fondaco/codec/value"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/funcs"
	"github.com/fondaco/fondaco/wire/frame"
)

// BenchmarkEcho answers calls with 100 bytes in batches over a socket pair:
// what one worker can do, with a host that does nothing.
func BenchmarkEcho(b *testing.B) {
	for _, inFlight := range []int{1, 64} {
		b.Run(fmt.Sprintf("typed-%d", inFlight), func(b *testing.B) {
			benchEcho(b, inFlight, funcs.F1(func(_ context.Context, s string) (string, error) { return s, nil }))
		})
		b.Run(fmt.Sprintf("fast-%d", inFlight), func(b *testing.B) {
			benchEcho(b, inFlight, Fast(func(_ context.Context, req *core.Request) (core.Body, error) { return req.Args, nil }))
		})
	}
}

func benchEcho(b *testing.B, inFlight int, fn any) {
	host, end := benchWorker(b, New().Func("echo", fn))
	args, err := value.Marshal(cbor.Codec, []any{string(bytes.Repeat([]byte("x"), 100))})
	if err != nil {
		b.Fatal(err)
	}
	var batch []byte
	for id := range uint32(inFlight) {
		start := len(batch)
		batch = append(frame.BeginCall(batch, frame.Call, id, "m", "echo", frame.Options{}), args.Data...)
		frame.Finish(batch, start, frame.DefaultLimit)
	}
	in := make([]byte, 64<<10)
	b.ReportAllocs()
	b.ResetTimer()
	for n := 0; n < b.N; n += inFlight {
		if _, err := host.Write(batch); err != nil {
			b.Fatal(err)
		}
		for have, answers := 0, 0; answers < inFlight; {
			k, err := host.Read(in[have:])
			if err != nil {
				b.Fatal(err)
			}
			have += k
			at := 0
			for have-at >= 4 && have-at >= 4+int(binary.BigEndian.Uint32(in[at:])) {
				at += 4 + int(binary.BigEndian.Uint32(in[at:]))
				answers++
			}
			have = copy(in, in[at:have])
		}
	}
	b.StopTimer()
	host.Close()
	if err := <-end; err != io.EOF {
		b.Fatal(err)
	}
}

// benchWorker serves m on one end of a socket pair and returns the other, past
// hello.
func benchWorker(tb testing.TB, m *Module) (*os.File, chan error) {
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		tb.Fatal(err)
	}
	end := make(chan error, 1)
	go func() { end <- serve(fds[1], m, funcs.Options{Plugin: "m"}) }()
	host := os.NewFile(uintptr(fds[0]), "host")
	head := make([]byte, 4)
	if _, err := io.ReadFull(host, head); err != nil {
		tb.Fatal(err)
	}
	if _, err := io.CopyN(io.Discard, host, int64(binary.BigEndian.Uint32(head))); err != nil {
		tb.Fatal(err)
	}
	return host, end
}
