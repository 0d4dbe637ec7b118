package link

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/wire/frame"
)

// chunks is a source of n chunks.
type chunks struct{ next, n int }

func (c *chunks) Next(context.Context) ([]byte, error) {
	if c.next == c.n {
		return nil, io.EOF
	}
	c.next++
	return fmt.Appendf(nil, "chunk %d", c.next-1), nil
}

// sink collects chunks, one for each token of gate when there is one.
type sink struct {
	got  bytes.Buffer
	gate chan struct{}
	err  error
}

func (s *sink) Send(ctx context.Context, chunk []byte) error {
	if s.gate != nil {
		select {
		case <-s.gate:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	s.got.Write(chunk)
	return s.err
}

func TestStreamIn(t *testing.T) {
	l, f := connect(t, options())
	req := ask("f")
	req.In = &chunks{n: 5}
	c := handle(l, req)
	m := f.expect(frame.Call)
	if !m.Options.In || m.Options.Out != 0 {
		t.Errorf("options %+v", m.Options)
	}
	for i := range 5 {
		f.send(frame.AppendCredit(nil, m.ID, 1))
		if k := f.expect(frame.Chunk); string(k.Value) != fmt.Sprintf("chunk %d", i) {
			t.Errorf("got %q", k.Value)
		}
	}
	f.expect(frame.End)
	f.reply(m.ID)
	if o := result(t, c); o.err != nil {
		t.Error(o.err)
	}
}

// endless is a source that never ends, and blocks after its first chunk.
type endless struct{ sent bool }

func (e *endless) Next(ctx context.Context) ([]byte, error) {
	if e.sent {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	e.sent = true
	return make([]byte, 3*frame.MaxChunk/2), nil
}

func TestStreamInIsNotWanted(t *testing.T) {
	l, f := connect(t, options())
	req := ask("f")
	req.In = &endless{}
	c := handle(l, req)
	m := f.expect(frame.Call)
	f.send(frame.AppendCredit(nil, m.ID, 10))
	for _, want := range []int{frame.MaxChunk, frame.MaxChunk / 2} {
		if k := f.expect(frame.Chunk); len(k.Value) != want {
			t.Errorf("a chunk of %d bytes, want %d", len(k.Value), want)
		}
	}
	f.reply(m.ID)
	if o := result(t, c); o.err != nil {
		t.Error(o.err)
	}
}

func TestStreamOut(t *testing.T) {
	opts := options()
	opts.Window = 4
	l, f := connect(t, opts)
	req := ask("f")
	out := &sink{}
	req.Out = out
	c := handle(l, req)
	m := f.expect(frame.Call)
	want := ""
	for credit, i := m.Options.Out, 0; i < 50; i++ {
		for credit == 0 {
			credit += f.expect(frame.Credit).Credit
		}
		f.send(frame.AppendChunk(nil, m.ID, fmt.Appendf(nil, "%d,", i)))
		want += fmt.Sprintf("%d,", i)
		credit--
	}
	f.reply(m.ID)
	if o := result(t, c); o.err != nil || string(o.body.Data) != "\x07" {
		t.Errorf("got %q, %v", o.body.Data, o.err)
	}
	if out.got.String() != want {
		t.Errorf("got %q, want %q", out.got.String(), want)
	}
}

// TestSlowSink holds one sink up while another call goes through.
func TestSlowSink(t *testing.T) {
	opts := options()
	opts.Window = 2
	l, f := connect(t, opts)
	req := ask("f")
	out := &sink{gate: make(chan struct{})}
	req.Out = out
	slow := handle(l, req)
	m := f.expect(frame.Call)
	f.send(frame.AppendChunk(frame.AppendChunk(nil, m.ID, []byte("a")), m.ID, []byte("b")))
	quick := handle(l, ask("g"))
	f.reply(f.expect(frame.Call).ID)
	if o := result(t, quick); o.err != nil {
		t.Fatal(o.err)
	}
	f.reply(m.ID)
	close(out.gate)
	if o := result(t, slow); o.err != nil || out.got.String() != "ab" {
		t.Errorf("got %q, %v", out.got.String(), o.err)
	}
}

func TestTooManyChunks(t *testing.T) {
	opts := options()
	opts.Window = 2
	l, f := connect(t, opts)
	req := ask("f")
	req.Out = &sink{gate: make(chan struct{})}
	c := handle(l, req)
	m := f.expect(frame.Call)
	for range 3 {
		f.send(frame.AppendChunk(nil, m.ID, []byte("a")))
	}
	if o := result(t, c); !errors.Is(o.err, ErrViolation) {
		t.Errorf("err = %v, want a violation", o.err)
	}
}

func TestSinkFails(t *testing.T) {
	l, f := connect(t, options())
	req := ask("f")
	req.Out = &sink{err: errors.New("gone")}
	c := handle(l, req)
	m := f.expect(frame.Call)
	f.send(frame.AppendChunk(nil, m.ID, []byte("a")))
	if k := f.expect(frame.Cancel); k.ID != m.ID {
		t.Errorf("call %d was cancelled", k.ID)
	}
	if o := result(t, c); !errors.Is(o.err, core.ErrCanceled) {
		t.Errorf("err = %v, want canceled", o.err)
	}
	f.reply(m.ID)
	quick := handle(l, ask("g"))
	f.reply(f.expect(frame.Call).ID)
	if o := result(t, quick); o.err != nil {
		t.Error(o.err)
	}
}

func TestInterruptOfSlowSink(t *testing.T) {
	for _, answered := range []bool{false, true} {
		l, f := connect(t, options())
		req := ask("f")
		req.Out = &sink{gate: make(chan struct{})}
		c := handle(l, req)
		m := f.expect(frame.Call)
		f.send(frame.AppendChunk(nil, m.ID, []byte("a")))
		if answered {
			f.reply(m.ID)
			quick := handle(l, ask("g"))
			f.reply(f.expect(frame.Call).ID)
			result(t, quick)
		}
		l.Interrupt(req, core.ErrCanceled)
		if o := result(t, c); !errors.Is(o.err, core.ErrCanceled) {
			t.Errorf("answered %v: err = %v, want canceled", answered, o.err)
		}
	}
}
