//go:build unix

package ernie

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fondaco/fondaco/codec"
	"github.com/fondaco/fondaco/codec/bert"
	"github.com/fondaco/fondaco/core"
)

var errUnsent = errors.New("unsent")

// worker is the other end of a Conn, played by the test.
type worker struct {
	t   *testing.T
	in  *os.File
	out *os.File
}

func connect(t *testing.T) (*Conn, *worker) {
	t.Helper()
	var fds [4]int
	for i := 0; i < 4; i += 2 {
		if err := unix.Pipe(fds[i : i+2]); err != nil {
			t.Fatal(err)
		}
	}
	w := &worker{t: t, in: os.NewFile(uintptr(fds[0]), "requests"), out: os.NewFile(uintptr(fds[3]), "answers")}
	c, err := New(fds[2], fds[1], Options{
		Plugin: "test", Limits: core.Limits{Bytes: 16 << 20}, Unsent: errUnsent,
		Append: func(dst []byte, b core.Body) ([]byte, error) {
			return codec.Transcode(dst, b, bert.Codec, core.ReadOptions{})
		},
		Down: func(reason error) error { return &core.Error{Kind: core.KindBroken, Message: "gone", Err: reason} },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		_ = w.in.Close()
		_ = w.out.Close()
	})
	return c, w
}

func (w *worker) read() []byte {
	var head [4]byte
	if _, err := readFull(w.in, head[:]); err != nil {
		w.t.Error(err)
		return nil
	}
	body := make([]byte, binary.BigEndian.Uint32(head[:]))
	if _, err := readFull(w.in, body); err != nil {
		w.t.Error(err)
	}
	return body
}

func readFull(f *os.File, b []byte) (int, error) {
	n := 0
	for n < len(b) {
		m, err := f.Read(b[n:])
		if err != nil {
			return n, err
		}
		n += m
	}
	return n, nil
}

func (w *worker) write(term string) {
	b := append([]byte{0, 0, 0, 0, bert.Magic}, term...)
	binary.BigEndian.PutUint32(b, uint32(len(b)-4))
	if _, err := w.out.Write(b); err != nil {
		w.t.Error(err)
	}
}

func tuple(elements ...string) string {
	return "\x68" + string(rune(len(elements))) + strings.Join(elements, "")
}

func symbol(name string) string { return "\x64\x00" + string(rune(len(name))) + name }

func binaryTerm(s string) string { return "\x6d\x00\x00\x00" + string(rune(len(s))) + s }

// oneTwo is the list [1, 2].
const oneTwo = "\x6c\x00\x00\x00\x02\x61\x01\x61\x02\x6a"

func call() *core.Request {
	return &core.Request{Module: "ext", Function: "add", Args: core.Body{Codec: bert.Codec, Data: []byte(oneTwo), Strict: true}}
}

func TestAnswers(t *testing.T) {
	trace := "\x6c\x00\x00\x00\x01" + binaryTerm("a.rb:1") + "\x6a"
	user := tuple(symbol("user"), "\x61\x07", binaryTerm("RuntimeError"), binaryTerm("oops"), trace)
	tests := []struct {
		name, answer string
		value        string
		want         *core.Error
		sentinel     error
	}{
		{"reply", tuple(symbol("reply"), "\x61\x03"), "\x61\x03", nil, nil},
		{"noreply", tuple(symbol("noreply")), "", nil, nil},
		{"user error", tuple(symbol("error"), user), "", &core.Error{Class: "RuntimeError", Message: "oops", Code: 7, Backtrace: []string{"a.rb:1"},
			Term: core.Body{Data: []byte(user)}}, core.ErrUser},
		{"server error", tuple(symbol("error"), tuple(symbol("server"), "\x61\x00", binaryTerm("No such function"))), "",
			&core.Error{Class: "Error", Message: "No such function", Term: core.Body{Data: []byte(tuple(symbol("server"), "\x61\x00", binaryTerm("No such function")))}}, core.ErrUser},
		{"odd error", tuple(symbol("error"), "\x61\x01"), "", &core.Error{Class: "Error", Message: "the worker answered an error of its own",
			Term: core.Body{Data: []byte("\x61\x01")}}, core.ErrUser},
		{"no tuple", "\x61\x01", "", nil, core.ErrBroken},
		{"bytes behind", tuple(symbol("reply"), "\x61\x03") + "\x61", "", nil, core.ErrBroken},
		{"half a term", tuple(symbol("reply"), "\x6d\x00\x00\x01\x00"), "", nil, core.ErrBroken},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, w := connect(t)
			go func() {
				want := "\x83" + tuple(symbol("call"), symbol("ext"), symbol("add"), oneTwo)
				if got := w.read(); string(got) != want {
					t.Errorf("request %q, want %q", got, want)
				}
				w.write(tt.answer)
			}()
			body, err := c.Handle(context.Background(), call())
			if tt.sentinel == nil {
				if err != nil || string(body.Data) != tt.value {
					t.Fatalf("got %q, %v, want %q", body.Data, err, tt.value)
				}
				return
			}
			if !errors.Is(err, tt.sentinel) {
				t.Fatalf("err = %v, want %v", err, tt.sentinel)
			}
			if tt.want == nil {
				return
			}
			e := core.AsError(err)
			if e.Class != tt.want.Class || e.Message != tt.want.Message || e.Code != tt.want.Code ||
				strings.Join(e.Backtrace, "|") != strings.Join(tt.want.Backtrace, "|") || !bytes.Equal(e.Term.Data, tt.want.Term.Data) {
				t.Errorf("got  %+v\nwant %+v", e, tt.want)
			}
		})
	}
}

func TestCast(t *testing.T) {
	c, w := connect(t)
	go func() {
		if got := w.read(); !strings.HasPrefix(string(got), "\x83\x68\x04"+symbol("cast")) {
			t.Errorf("request %q is no cast", got)
		}
		w.write(tuple(symbol("noreply")))
	}()
	req := call()
	req.Kind = core.Cast
	if body, err := c.Handle(context.Background(), req); err != nil || !body.IsZero() {
		t.Errorf("got %+v, %v", body, err)
	}
}

func TestTimeoutEndsTheWorker(t *testing.T) {
	c, w := connect(t)
	req := call()
	go func() {
		w.read()
		c.Interrupt(req, core.ErrTimeout)
	}()
	_, err := c.Handle(context.Background(), req)
	if !errors.Is(err, core.ErrTimeout) || !errors.Is(err, core.ErrBroken) {
		t.Errorf("err = %v, want a timeout that discards", err)
	}
	<-c.Done()
	if _, err := c.Handle(context.Background(), call()); !errors.Is(err, core.ErrBroken) || !errors.Is(err, errUnsent) {
		t.Errorf("err = %v, want one that was not sent", err)
	}
}

func TestCanceledCallKeepsTheWorker(t *testing.T) {
	c, w := connect(t)
	req := call()
	asked := make(chan struct{})
	go func() {
		w.read()
		c.Interrupt(req, core.ErrCanceled)
		w.read()
		close(asked)
		w.write(tuple(symbol("reply"), "\x61\x01"))
		w.write(tuple(symbol("reply"), "\x61\x02"))
	}()
	if _, err := c.Handle(context.Background(), req); !errors.Is(err, core.ErrCanceled) {
		t.Fatalf("err = %v, want canceled", err)
	}
	body, err := c.Handle(context.Background(), call())
	<-asked
	if err != nil || string(body.Data) != "\x61\x02" {
		t.Errorf("got %q, %v, want the second answer", body.Data, err)
	}
}

func TestWorkerEnds(t *testing.T) {
	c, w := connect(t)
	go func() {
		w.read()
		_ = w.out.Close()
	}()
	if _, err := c.Handle(context.Background(), call()); !errors.Is(err, core.ErrBroken) || !errors.Is(err, ErrEnd) {
		t.Errorf("err = %v, want broken", err)
	}
}

// TestBigBothWays sends more than both pipes hold before the worker reads.
func TestBigBothWays(t *testing.T) {
	c, w := connect(t)
	big := make([]byte, 8<<20)
	term := binary.BigEndian.AppendUint32([]byte("\x6c\x00\x00\x00\x01\x6d"), uint32(len(big)))
	args := append(append(term, big...), '\x6a')
	go func() {
		if n := len(w.read()); n < len(big) {
			t.Errorf("a request of %d bytes", n)
		}
		w.write(tuple(symbol("reply"), string(args)))
	}()
	req := call()
	req.Args.Data = args
	done := make(chan error, 1)
	go func() {
		body, err := c.Handle(context.Background(), req)
		if err == nil && !bytes.Equal(body.Data, args) {
			err = errors.New("the answer differs")
		}
		done <- err
	}()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(30 * time.Second):
		t.Error("stuck")
	}
}
