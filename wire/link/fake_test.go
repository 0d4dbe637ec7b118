package link

import (
	"context"
	"io"
	"os"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fondaco/fondaco/codec/cbor"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/wire/frame"
)

const patience = 30 * time.Second

// fake is a worker played by the test.
type fake struct {
	t    *testing.T
	file *os.File
	in   frame.Buffer
	mu   sync.Mutex
}

// connect returns a link and the worker at its other end, which has said hello.
func connect(t *testing.T, opts Options) (*Link, *fake) {
	t.Helper()
	l, f := greetless(t, opts)
	f.send(frame.AppendHello(nil, frame.Greeting{Concurrency: 64}))
	wait(t, l.Ready())
	return l, f
}

func greetless(t *testing.T, opts Options) (*Link, *fake) {
	t.Helper()
	host, worker := pair(t)
	if err := unix.SetNonblock(worker, true); err != nil {
		t.Fatal(err)
	}
	f := &fake{t: t, file: os.NewFile(uintptr(worker), "worker")}
	l, err := New(host, NewPoller(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = f.file.Close()
		l.Close()
	})
	return l, f
}

func wait(t *testing.T, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(patience):
		t.Fatal("nothing happened")
	}
}

func (f *fake) send(b []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, err := f.file.Write(b); err != nil {
		f.t.Error("worker: ", err)
	}
}

// next returns the next message of the host; its slices are its own.
func (f *fake) next() frame.Message {
	m, err := f.receive()
	if err != nil {
		f.t.Error("worker: ", err)
	}
	return m
}

func (f *fake) receive() (frame.Message, error) {
	var m frame.Message
	for {
		id, message, ok, err := f.in.Next()
		if err != nil {
			return m, err
		}
		if ok {
			return m, frame.Parse(id, append([]byte(nil), message...), &m)
		}
		n, err := f.file.Read(f.in.Room())
		if err != nil {
			return m, err
		}
		if n == 0 {
			return m, io.EOF
		}
		f.in.Filled(n)
	}
}

// expect fails the test unless the next message is of the given kind.
func (f *fake) expect(kind frame.Kind) frame.Message {
	m := f.next()
	if m.Kind != kind {
		f.t.Errorf("worker got a message of kind %d, want %d", m.Kind, kind)
	}
	return m
}

func (f *fake) reply(id uint32) { f.send(frame.AppendReply(nil, id, []byte{0x07})) }

func ask(function string) *core.Request {
	return &core.Request{Module: "m", Function: function, Args: core.Body{Codec: cbor.Codec, Data: []byte{0x81, 1}, Strict: true}}
}

// outcome is what a Handle on another goroutine returned.
type outcome struct {
	body core.Body
	err  error
}

func handle(l *Link, req *core.Request) <-chan outcome {
	c := make(chan outcome, 1)
	go func() {
		body, err := l.Handle(context.Background(), req)
		c <- outcome{body, err}
	}()
	return c
}

func result(t *testing.T, c <-chan outcome) outcome {
	t.Helper()
	select {
	case o := <-c:
		return o
	case <-time.After(patience):
		t.Fatal("Handle did not return")
		return outcome{}
	}
}
