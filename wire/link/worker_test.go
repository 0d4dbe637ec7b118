package link

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fondaco/fondaco/codec"
	"github.com/fondaco/fondaco/codec/cbor"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/wire/frame"
)

const workerVariable = "LINK_TEST_WORKER"

var errUnsent = errors.New("unsent")

func TestMain(m *testing.M) {
	switch os.Getenv(workerVariable) {
	case "echo":
		echoWorker(3)
		os.Exit(0)
	case "raw":
		rawWorker(3)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// rawWorker sends back whatever it reads.
func rawWorker(fd int) {
	buf := make([]byte, 64<<10)
	for {
		n, err := unix.Read(fd, buf)
		if err != nil || n == 0 {
			return
		}
		if _, err := unix.Write(fd, buf[:n]); err != nil {
			return
		}
	}
}

// echoWorker answers every call with its arguments, with blocking reads, one
// write for all that one read brought.
func echoWorker(fd int) {
	var in frame.Buffer
	out := frame.AppendHello(nil, frame.Greeting{Concurrency: 64})
	var m frame.Message
	for {
		for len(out) > 0 {
			n, err := unix.Write(fd, out)
			if err != nil {
				return
			}
			out = out[:copy(out, out[n:])]
		}
		n, err := unix.Read(fd, in.Room())
		if err != nil || n == 0 {
			return
		}
		in.Filled(n)
		for {
			id, message, ok, err := in.Next()
			if err != nil {
				return
			}
			if !ok {
				break
			}
			if frame.Parse(id, message, &m) == nil && m.Kind == frame.Call {
				out = frame.AppendReply(out, id, m.Args)
			}
		}
	}
}

func check(data []byte) (bool, error) {
	body, err := codec.Whole(cbor.Codec, data, core.Limits{Bytes: frame.DefaultLimit})
	return body.Strict, err
}

func options() Options {
	return Options{
		Plugin: "test", Codec: cbor.Codec, Check: check, Unsent: errUnsent, Grace: 20 * time.Second,
		Append: func(dst []byte, b core.Body) ([]byte, error) {
			return codec.Transcode(dst, b, cbor.Codec, core.ReadOptions{})
		},
		Down: func(reason error) error { return &core.Error{Kind: core.KindBroken, Message: "gone", Err: reason} },
		Host: core.HandlerFunc(func(context.Context, *core.Request) (core.Body, error) { return core.Body{}, core.ErrNoModule }),
	}
}

func pair(t testing.TB) (host, worker int) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	unix.CloseOnExec(fds[0])
	unix.CloseOnExec(fds[1])
	return fds[0], fds[1]
}

// process starts this test binary as a worker of the given kind and returns the
// host's end of its socket.
func process(t testing.TB, kind string) int {
	t.Helper()
	host, worker := pair(t)
	f := os.NewFile(uintptr(worker), "worker")
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), workerVariable+"="+kind)
	cmd.ExtraFiles = []*os.File{f}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = f.Close()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGKILL)
		_ = cmd.Wait()
	})
	return host
}

func start(t testing.TB, fd int, opts Options) *Link {
	t.Helper()
	l, err := New(fd, NewPoller(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	select {
	case <-l.Ready():
	case <-l.Done():
		t.Fatal("ended before hello: ", l.Err())
	case <-time.After(20 * time.Second):
		t.Fatal("no hello")
	}
	return l
}

// hundred are arguments of about 100 bytes.
func hundred() core.Body {
	text := fmt.Sprintf("%095d", 7)
	return core.Body{Codec: cbor.Codec, Data: append([]byte{0x81, 0x78, byte(len(text))}, text...), Strict: true}
}

func BenchmarkRaw(b *testing.B) {
	fd := process(b, "raw")
	defer unix.Close(fd)
	buf := make([]byte, 120)
	for b.Loop() {
		if _, err := unix.Write(fd, buf); err != nil {
			b.Fatal(err)
		}
		for got := 0; got < len(buf); {
			n, err := unix.Read(fd, buf[got:])
			if err != nil {
				b.Fatal(err)
			}
			got += n
		}
	}
}

// processorTime returns the nanoseconds that this process has computed.
func processorTime(b *testing.B) int64 {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

func benchmarkLink(b *testing.B, callers int) {
	l := start(b, process(b, "echo"), options())
	args := hundred()
	b.ReportAllocs()
	b.ResetTimer()
	before := processorTime(b)
	var wg sync.WaitGroup
	for i := range callers {
		n := b.N / callers
		if i < b.N%callers {
			n++
		}
		wg.Go(func() {
			req := &core.Request{Module: "test", Function: "echo", Args: args, Reply: make([]byte, 0, 256)}
			for range n {
				if _, err := l.Handle(context.Background(), req); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(processorTime(b)-before)/float64(b.N), "cpu-ns/op")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
}

func BenchmarkLink1(b *testing.B)  { benchmarkLink(b, 1) }
func BenchmarkLink8(b *testing.B)  { benchmarkLink(b, 8) }
func BenchmarkLink64(b *testing.B) { benchmarkLink(b, 64) }
