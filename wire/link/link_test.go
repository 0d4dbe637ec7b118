package link

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fondaco/fondaco/codec/cbor"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/internal/need"
	"github.com/fondaco/fondaco/wire/frame"
)

func TestAnswersInAnyOrder(t *testing.T) {
	l, f := connect(t, options())
	one, two := handle(l, ask("one")), handle(l, ask("two"))
	a, b := f.expect(frame.Call), f.expect(frame.Call)
	for _, m := range []frame.Message{b, a} {
		f.send(frame.AppendReply(nil, m.ID, append([]byte{0x63}, m.Function...)))
	}
	for name, c := range map[string]<-chan outcome{"one": one, "two": two} {
		if o := result(t, c); o.err != nil || string(o.body.Data) != "\x63"+name || !o.body.Strict {
			t.Errorf("%s: got %q, %v", name, o.body.Data, o.err)
		}
	}
}

func TestReplyGoesBehindScratch(t *testing.T) {
	l, f := connect(t, options())
	req := ask("f")
	req.Reply = append(make([]byte, 0, 100), "head"...)
	c := handle(l, req)
	f.reply(f.expect(frame.Call).ID)
	o := result(t, c)
	if o.err != nil || string(o.body.Data) != "\x07" || string(req.Reply[:5]) != "head\x07" {
		t.Errorf("got %q, %v, scratch %q", o.body.Data, o.err, req.Reply[:5])
	}
}

func TestGuard(t *testing.T) {
	l, f := greetless(t, options())
	f.send(frame.AppendHello(nil, frame.Greeting{Guards: []string{"fib"}}))
	wait(t, l.Ready())
	for name, want := range map[string]bool{"fib": true, "add": false} {
		req := ask(name)
		req.Guard = true
		c := handle(l, req)
		m := f.expect(frame.Call)
		if m.Options.Guard != want {
			t.Errorf("%s: guard %v, want %v", name, m.Options.Guard, want)
		}
		f.reply(m.ID)
		result(t, c)
	}
}

func TestErrors(t *testing.T) {
	l, f := connect(t, options())
	tests := []struct {
		word, class, text string
		want              error
		message           string
	}{
		{"user", "E", "oops", core.ErrUser, "user: E: oops"},
		{"no_function", "", "", core.ErrNoFunction, "no_function: m has no function f"},
		{"protocol", "", "what?", core.ErrProtocol, "protocol: what?"},
		{"timeout", "", "late", core.ErrUser, "user: timeout: late"},
		{"new_word", "", "x", core.ErrUser, "user: new_word: x"},
	}
	for _, tt := range tests {
		c := handle(l, ask("f"))
		f.send(frame.AppendError(nil, f.expect(frame.Call).ID, tt.word, tt.class, tt.text, []string{"a:1"}))
		o := result(t, c)
		if !errors.Is(o.err, tt.want) || o.err.Error() != tt.message || core.AsError(o.err).Backtrace[0] != "a:1" {
			t.Errorf("%s: err = %v", tt.word, o.err)
		}
	}
}

// TestViolations sends what a worker must not send while a call is in flight.
func TestViolations(t *testing.T) {
	call := func(id uint32) []byte {
		b := frame.BeginCall([]byte(nil), frame.Call, id, "m", "f", frame.Options{})
		b, _ = frame.EndCall(append(b, 0x80), 0, frame.Options{}, frame.DefaultLimit)
		return b
	}
	tests := []struct {
		name string
		send func(id uint32) []byte
		want string
	}{
		{"unknown id", func(id uint32) []byte { return frame.AppendReply(nil, id+1, []byte{1}) }, "was not made"},
		{"answered twice", func(id uint32) []byte {
			return frame.AppendReply(frame.AppendReply(nil, id, []byte{0xff}), id, []byte{1})
		}, ""},
		{"garbage", func(uint32) []byte { return []byte("\x00\x00\x00\x08garbage!") }, "malformed"},
		{"no length", func(uint32) []byte { return make([]byte, 8) }, "malformed"},
		{"huge length", func(uint32) []byte { return []byte("\xff\xff\xff\xff\x00") }, "too long"},
		{"value that is none", func(id uint32) []byte { return frame.AppendReply(nil, id, []byte{0x62, 1}) }, "not one CBOR value"},
		{"two values", func(id uint32) []byte { return frame.AppendReply(nil, id, []byte{1, 1}) }, "not one CBOR value"},
		{"chunk without credit", func(id uint32) []byte { return frame.AppendChunk(nil, id, []byte("x")) }, "without credit"},
		{"credit for nothing", func(id uint32) []byte { return frame.AppendCredit(nil, id, 1) }, "streams nothing in"},
		{"a host's id", func(uint32) []byte { return call(5) }, "highest bit"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l, f := connect(t, options())
			c := handle(l, ask("f"))
			f.send(tt.send(f.expect(frame.Call).ID))
			o := result(t, c)
			if !errors.Is(o.err, core.ErrBroken) || !errors.Is(o.err, ErrViolation) || !strings.Contains(o.err.Error(), tt.want) {
				t.Errorf("err = %v, want broken with %q", o.err, tt.want)
			}
			wait(t, l.Done())
			if o := result(t, handle(l, ask("f"))); !errors.Is(o.err, core.ErrBroken) || !errors.Is(o.err, errUnsent) {
				t.Errorf("afterwards: err = %v, want one that was not sent", o.err)
			}
		})
	}
}

func TestFirstMessageMustBeHello(t *testing.T) {
	for _, b := range [][]byte{frame.AppendReply(nil, 1, []byte{1}), frame.AppendBare(nil, frame.Hello, 0), frame.AppendReply(nil, 0, []byte{0xa0})} {
		l, f := greetless(t, options())
		f.send(b)
		wait(t, l.Done())
		if !errors.Is(l.Err(), ErrViolation) {
			t.Errorf("err = %v, want a violation", l.Err())
		}
	}
}

func TestDeathFailsAllInFlight(t *testing.T) {
	l, f := connect(t, options())
	var calls []<-chan outcome
	for range 10 {
		calls = append(calls, handle(l, ask("f")))
	}
	for range 10 {
		f.expect(frame.Call)
	}
	_ = f.file.Close()
	for _, c := range calls {
		if o := result(t, c); !errors.Is(o.err, core.ErrBroken) || !errors.Is(o.err, ErrEnd) || errors.Is(o.err, errUnsent) {
			t.Errorf("err = %v", o.err)
		}
	}
}

func TestIdleDeathIsNoticed(t *testing.T) {
	l, f := connect(t, options())
	c := handle(l, ask("f"))
	f.reply(f.expect(frame.Call).ID)
	result(t, c)
	_ = f.file.Close()
	wait(t, l.Done())
}

func TestUnknownKindsAreIgnored(t *testing.T) {
	l, f := connect(t, options())
	c := handle(l, ask("f"))
	m := f.expect(frame.Call)
	f.send([]byte("\x00\x00\x00\x07\x00\x00\x00\x09\x82\x18\x78"))
	f.send([]byte{0xf6})
	f.reply(m.ID)
	_ = result(t, c)
}

func TestTimeoutOfTheOnlyCall(t *testing.T) {
	l, f := connect(t, options())
	req := ask("f")
	c := handle(l, req)
	f.expect(frame.Call)
	l.Interrupt(req, core.ErrTimeout)
	o := result(t, c)
	if !errors.Is(o.err, core.ErrTimeout) || !errors.Is(o.err, core.ErrBroken) || !strings.Contains(o.err.Error(), "m.f") {
		t.Errorf("err = %v, want a timeout of m.f that discards", o.err)
	}
	wait(t, l.Done())
	if !errors.Is(l.Err(), ErrHung) {
		t.Errorf("Err = %v, want ErrHung", l.Err())
	}
}

// TestTimeoutAmongOthers cancels one of two calls: nothing new is sent until
// the worker has answered it, then all goes on.
func TestTimeoutAmongOthers(t *testing.T) {
	l, f := connect(t, options())
	notified := make(chan struct{}, 1)
	l.Notify(func() { notified <- struct{}{} })
	late := ask("late")
	a := handle(l, late)
	slow := f.expect(frame.Call)
	b := handle(l, ask("other"))
	other := f.expect(frame.Call)
	l.Interrupt(late, core.ErrTimeout)
	if o := result(t, a); !errors.Is(o.err, core.ErrTimeout) || errors.Is(o.err, core.ErrBroken) {
		t.Errorf("err = %v, want a timeout that does not discard", o.err)
	}
	if m := f.expect(frame.Cancel); m.ID != slow.ID {
		t.Errorf("call %d was cancelled, want %d", m.ID, slow.ID)
	}
	if l.Lingering() < 1000 {
		t.Errorf("Lingering = %d, want as many as there can be", l.Lingering())
	}
	third := handle(l, ask("third"))
	f.reply(other.ID)
	if o := result(t, b); o.err != nil {
		t.Errorf("the other call: %v", o.err)
	}
	f.reply(slow.ID)
	wait(t, notified)
	m := f.expect(frame.Call)
	if string(m.Function) != "third" {
		t.Errorf("got a call of %s", m.Function)
	}
	f.reply(m.ID)
	if o := result(t, third); o.err != nil {
		t.Errorf("the call that waited: %v", o.err)
	}
	if l.Lingering() != 0 {
		t.Errorf("Lingering = %d, want none", l.Lingering())
	}
}

func TestHungAmongOthers(t *testing.T) {
	opts := options()
	opts.Grace = time.Millisecond
	l, f := connect(t, opts)
	late := ask("late")
	a, b := handle(l, late), handle(l, ask("other"))
	f.expect(frame.Call)
	f.expect(frame.Call)
	l.Interrupt(late, core.ErrTimeout)
	result(t, a)
	if o := result(t, b); !errors.Is(o.err, core.ErrBroken) || !errors.Is(o.err, ErrHung) {
		t.Errorf("the other call: err = %v, want broken by a hung worker", o.err)
	}
}

func TestGoneCallerLeavesTheWorker(t *testing.T) {
	l, f := connect(t, options())
	req := ask("f")
	c := handle(l, req)
	first := f.expect(frame.Call)
	l.Interrupt(req, core.ErrCanceled)
	if o := result(t, c); !errors.Is(o.err, core.ErrCanceled) {
		t.Errorf("err = %v, want canceled", o.err)
	}
	f.expect(frame.Cancel)
	if l.Lingering() != 1 {
		t.Errorf("Lingering = %d, want 1", l.Lingering())
	}
	c = handle(l, ask("g"))
	second := f.expect(frame.Call)
	if second.ID == first.ID {
		t.Errorf("id %d was given again before its answer", first.ID)
	}
	f.reply(first.ID)
	f.reply(second.ID)
	if o := result(t, c); o.err != nil {
		t.Error(o.err)
	}
}

func TestGoneCallerPastDeadline(t *testing.T) {
	opts := options()
	opts.Grace = time.Millisecond
	l, f := connect(t, opts)
	req := ask("f")
	req.Deadline = core.Now()
	c := handle(l, req)
	f.expect(frame.Call)
	l.Interrupt(req, core.ErrCanceled)
	result(t, c)
	wait(t, l.Done())
	if !errors.Is(l.Err(), ErrHung) {
		t.Errorf("Err = %v, want ErrHung", l.Err())
	}
}

func TestInterruptOfNobody(t *testing.T) {
	l, f := connect(t, options())
	c := handle(l, ask("f"))
	m := f.expect(frame.Call)
	l.Interrupt(ask("f"), core.ErrTimeout)
	f.reply(m.ID)
	if o := result(t, c); o.err != nil {
		t.Error(o.err)
	}
}

func TestArgumentsTooLong(t *testing.T) {
	opts := options()
	opts.Limit = 1000
	l, _ := connect(t, opts)
	req := ask("f")
	req.Args.Data = append([]byte{0x81, 0x59, 4, 0}, make([]byte, 1024)...)
	if o := result(t, handle(l, req)); !errors.Is(o.err, core.ErrProtocol) {
		t.Errorf("err = %v, want protocol", o.err)
	}
}

// TestBothWaysFull has 64 calls of 1 MiB in flight to a worker that writes and
// reads in turns with blocking calls.
func TestBothWaysFull(t *testing.T) {
	l := start(t, process(t, "echo"), options())
	big := binary.BigEndian.AppendUint32([]byte{0x81, 0x5a}, 1<<20)
	big = append(big, bytes.Repeat([]byte("fondaco."), 1<<17)...)
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			req := ask("echo")
			req.Args.Data = big
			body, err := l.Handle(context.Background(), req)
			if err != nil || !bytes.Equal(body.Data, big) {
				t.Errorf("%d bytes, %v", len(body.Data), err)
			}
		})
	}
	wg.Wait()
}

// TestFacingWriters has a worker that sends 8 MiB before it reads anything.
func TestFacingWriters(t *testing.T) {
	l, f := connect(t, options())
	first := handle(l, ask("f"))
	m := f.expect(frame.Call)
	value := binary.BigEndian.AppendUint32([]byte{0x5a}, 8<<20)
	value = append(value, make([]byte, 8<<20)...)
	req := ask("big")
	req.Args.Data = append([]byte{0x81}, value...)
	second := handle(l, req)
	f.send(frame.AppendReply(nil, m.ID, value))
	if o := result(t, first); o.err != nil || len(o.body.Data) != len(value) {
		t.Fatalf("%d bytes, %v", len(o.body.Data), o.err)
	}
	if m = f.expect(frame.Call); len(m.Args) != len(value)+1 {
		t.Fatalf("arguments of %d bytes", len(m.Args))
	}
	f.reply(m.ID)
	if o := result(t, second); o.err != nil {
		t.Error(o.err)
	}
}

func TestThousandCallers(t *testing.T) {
	l := start(t, process(t, "echo"), options())
	var wg sync.WaitGroup
	for i := range 1000 {
		wg.Go(func() {
			text := fmt.Sprintf("%04d", i)
			req := ask("echo")
			req.Args.Data = append([]byte{0x81, 0x64}, text...)
			for range 20 {
				body, err := l.Handle(context.Background(), req)
				if err != nil || !bytes.Equal(body.Data, req.Args.Data) {
					t.Errorf("got %q, %v, want %q", body.Data, err, req.Args.Data)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestNoAllocations(t *testing.T) {
	l := start(t, process(t, "echo"), options())
	req := ask("echo")
	req.Args = hundred()
	req.Reply = make([]byte, 0, 256)
	n := testing.AllocsPerRun(1000, func() {
		if _, err := l.Handle(context.Background(), req); err != nil {
			t.Fatal(err)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations per call, want none", n)
	}
}

// TestNothingIsLeft looks for descriptors and goroutines after many links.
func TestNothingIsLeft(t *testing.T) {
	count := func() (files, routines int) {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			need.Missing(t, err.Error())
		}
		return len(entries), runtime.NumGoroutine()
	}
	files, routines := count()
	for range 20 {
		host, worker := pair(t)
		f := &fake{t: t, file: os.NewFile(uintptr(worker), "worker")}
		l, err := New(host, NewPoller(), options())
		if err != nil {
			t.Fatal(err)
		}
		f.send(frame.AppendHello(nil, frame.Greeting{}))
		wait(t, l.Ready())
		c := handle(l, ask("f"))
		f.reply(f.expect(frame.Call).ID)
		result(t, c)
		l.Close()
		_ = f.file.Close()
	}
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		nowFiles, nowRoutines := count()
		if nowFiles <= files && nowRoutines <= routines {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d descriptors and %d goroutines, before %d and %d", nowFiles, nowRoutines, files, routines)
		}
	}
}

func TestTranscodedArguments(t *testing.T) {
	l, f := connect(t, options())
	req := ask("f")
	req.Args = core.Body{Codec: cbor.Codec, Data: []byte{0x81, 0x18, 1}}
	c := handle(l, req)
	m := f.expect(frame.Call)
	if !bytes.Equal(m.Args, []byte{0x81, 1}) {
		t.Errorf("arguments %x, want 8101", m.Args)
	}
	f.reply(m.ID)
	result(t, c)
}

// TestCallsWaitForRoom has calls wait until a worker that reads nothing does.
func TestCallsWaitForRoom(t *testing.T) {
	l, f := connect(t, options())
	var all []<-chan outcome
	for range 20 {
		req := ask("f")
		req.Args.Data = append(binary.BigEndian.AppendUint32([]byte{0x81, 0x5a}, 1<<20), make([]byte, 1<<20)...)
		all = append(all, handle(l, req))
	}
	l.mu.Lock()
	for end := time.Now().Add(patience); len(l.queue) < 15 && time.Now().Before(end); {
		l.mu.Unlock()
		runtime.Gosched()
		l.mu.Lock()
	}
	if n := l.pending(); n > 2*highWater+1<<10 {
		t.Errorf("%d bytes wait to be written", n)
	}
	l.mu.Unlock()
	var ids []uint32
	for range all {
		ids = append(ids, f.expect(frame.Call).ID)
	}
	for _, id := range ids {
		f.reply(id)
	}
	for _, c := range all {
		if o := result(t, c); o.err != nil {
			t.Error(o.err)
		}
	}
}
