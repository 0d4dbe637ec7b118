package link

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/fondaco/fondaco/codec/cbor"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/wire/frame"
)

func (f *fake) call(kind frame.Kind, id, parent uint32, function string) {
	o := frame.Options{Parent: parent}
	b := frame.BeginCall([]byte(nil), kind, id, "other", function, o)
	b, _ = frame.EndCall(append(b, 0x81, 0x05), 0, o, frame.DefaultLimit)
	f.send(b)
}

func hosted(h core.HandlerFunc) Options {
	opts := options()
	opts.Host = h
	return opts
}

func TestNestedCall(t *testing.T) {
	calls := make(chan *core.Request, 1)
	l, f := connect(t, hosted(func(_ context.Context, req *core.Request) (core.Body, error) {
		calls <- req
		return core.Body{Codec: cbor.Codec, Data: req.Args.Data[1:], Strict: true}, nil
	}))
	req := ask("f")
	req.Deadline = 1 << 60
	req.Caller = &core.Caller{User: "ann", Depth: 2}
	c := handle(l, req)
	m := f.expect(frame.Call)
	f.call(frame.Call, 1|frame.WorkerBit, m.ID, "g")
	if r := f.expect(frame.Reply); r.ID != 1|frame.WorkerBit || string(r.Value) != "\x05" {
		t.Errorf("got %+v", r)
	}
	seen := <-calls
	if seen.Module != "other" || seen.Function != "g" || seen.Deadline != req.Deadline || !seen.Guard || !seen.Args.Strict {
		t.Errorf("the host saw %+v", seen)
	}
	if seen.Caller.User != "ann" || seen.Caller.Depth != 3 || seen.Caller.Plugin != "test" || seen.Parent == nil {
		t.Errorf("the host saw the caller %+v", seen.Caller)
	}
	f.reply(m.ID)
	result(t, c)
}

func TestNestedFromIdleWorker(t *testing.T) {
	_, f := connect(t, hosted(func(context.Context, *core.Request) (core.Body, error) {
		return core.Body{}, core.NewError(core.KindNoFunction, "none\xff")
	}))
	f.call(frame.Call, 2|frame.WorkerBit, 0, "g")
	if r := f.expect(frame.Error); string(r.Word) != "no_function" || string(r.Text) != "none\uFFFD" {
		t.Errorf("got %s %q", r.Word, r.Text)
	}
}

// TestNestedEndsWithParent cancels a nested call when the call it belongs to
// ends, and refuses one that comes later.
func TestNestedEndsWithParent(t *testing.T) {
	l, f := connect(t, hosted(func(ctx context.Context, req *core.Request) (core.Body, error) {
		<-ctx.Done()
		return core.Body{}, core.NewError(core.KindCanceled, "over")
	}))
	req := ask("f")
	c := handle(l, req)
	m := f.expect(frame.Call)
	f.call(frame.Call, 1|frame.WorkerBit, m.ID, "g")
	other := handle(l, ask("other"))
	f.expect(frame.Call)
	l.Interrupt(req, core.ErrCanceled)
	result(t, c)
	words := map[string]bool{}
	for range 2 {
		if m := f.next(); m.Kind == frame.Error {
			words[string(m.Word)] = true
		}
	}
	if !words["canceled"] {
		t.Error("the nested call was not cancelled")
	}
	f.call(frame.Call, 3|frame.WorkerBit, m.ID, "g")
	if r := f.expect(frame.Error); string(r.Word) != "canceled" || r.ID != 3|frame.WorkerBit {
		t.Errorf("got %s for %d", r.Word, r.ID)
	}
	_ = f.file.Close()
	result(t, other)
}

func TestNestedIsBounded(t *testing.T) {
	release := make(chan struct{})
	opts := hosted(func(context.Context, *core.Request) (core.Body, error) {
		<-release
		return core.Body{}, nil
	})
	opts.Nested = 3
	_, f := connect(t, opts)
	for i := range uint32(4) {
		f.call(frame.Call, i|frame.WorkerBit, 0, "g")
	}
	if r := f.expect(frame.Error); string(r.Word) != "overloaded" || r.ID != 3|frame.WorkerBit {
		t.Errorf("got %s for %d", r.Word, r.ID)
	}
	close(release)
	for range 3 {
		if r := f.expect(frame.Reply); string(r.Value) != "\xf6" {
			t.Errorf("got %x, want nil", r.Value)
		}
	}
}

func TestCastsKeepTheirOrder(t *testing.T) {
	var next, wrong atomic.Int64
	all := make(chan struct{})
	_, f := connect(t, hosted(func(_ context.Context, req *core.Request) (core.Body, error) {
		n := next.Add(1)
		if req.Kind != core.Cast || req.Function != string(rune('a'+n-1)) {
			wrong.Add(1)
		}
		if n == 20 {
			close(all)
		}
		return core.Body{}, nil
	}))
	for i := range 20 {
		f.call(frame.Cast, 0, 0, string(rune('a'+i)))
	}
	wait(t, all)
	if wrong.Load() != 0 {
		t.Errorf("%d casts out of order", wrong.Load())
	}
}

// TestFloodOfRefusals has a worker that calls without end and reads nothing.
func TestFloodOfRefusals(t *testing.T) {
	opts := hosted(func(ctx context.Context, _ *core.Request) (core.Body, error) {
		<-ctx.Done()
		return core.Body{}, ctx.Err()
	})
	opts.Nested = 1
	l, f := connect(t, opts)
	b := frame.BeginCall([]byte(nil), frame.Call, 1|frame.WorkerBit, "m", "f", frame.Options{Parent: 77})
	b, _ = frame.EndCall(append(b, 0x80), 0, frame.Options{Parent: 77}, frame.DefaultLimit)
	for range 2 * maxControl {
		if _, err := f.file.Write(b); err != nil {
			break
		}
	}
	wait(t, l.Done())
	if !errors.Is(l.Err(), ErrViolation) {
		t.Errorf("Err = %v, want a violation", l.Err())
	}
}
