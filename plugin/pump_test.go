package plugin

import (
	"context"
	"encoding/binary"
	"io"
	"os"
	"testing"

	"github.com/fondaco/fondaco/codec/cbor"
	"github.com/fondaco/fondaco/codec/value"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/wire/frame"
)

// peer is the host's end of a worker's socket.
type peer struct {
	testing.TB
	*os.File
}

func (p peer) call(id uint32, function string, args ...any) {
	p.Helper()
	if args == nil {
		args = []any{}
	}
	body, err := value.Marshal(cbor.Codec, args)
	if err != nil {
		p.Fatal(err)
	}
	buf := append(frame.BeginCall(nil, frame.Call, id, "m", function, frame.Options{}), body.Data...)
	frame.Finish(buf, 0, frame.DefaultLimit)
	if _, err := p.Write(buf); err != nil {
		p.Fatal(err)
	}
}

// reply returns the id and the value of the next reply.
func (p peer) reply() (uint32, any) {
	p.Helper()
	head := make([]byte, frame.HeadLen)
	if _, err := io.ReadFull(p, head); err != nil {
		p.Fatal(err)
	}
	message := make([]byte, binary.BigEndian.Uint32(head)-4)
	if _, err := io.ReadFull(p, message); err != nil {
		p.Fatal(err)
	}
	var m frame.Message
	if err := frame.Parse(binary.BigEndian.Uint32(head[4:]), message, &m); err != nil || m.Kind != frame.Reply {
		p.Fatalf("got %+v, %v, want a reply", m, err)
	}
	var v any
	if err := value.Unmarshal(core.Body{Codec: cbor.Codec, Data: m.Value}, &v); err != nil {
		p.Fatal(err)
	}
	return m.ID, v
}

// TestSlowCallsBlockNobody has calls wait, for what the library cannot see,
// until later calls have been answered.
func TestSlowCallsBlockNobody(t *testing.T) {
	const n = 20
	arrived, gate := make(chan struct{}, n), make(chan struct{})
	m := New()
	m.Func("wait", F1(func(_ context.Context, text string) (string, error) {
		arrived <- struct{}{}
		<-gate
		return text, nil
	}))
	m.Func("echo", F1(func(_ context.Context, x any) (any, error) { return x, nil }))
	host, end := benchWorker(t, m)
	p := peer{t, host}
	for range 3 {
		for id := range uint32(n) {
			p.call(id, "wait", "kept until the end")
		}
		for range n {
			<-arrived
		}
		for i := range uint32(100) {
			p.call(1000+i, "echo", i)
			if id, v := p.reply(); id != 1000+i || v != int64(i) {
				t.Fatalf("call %d gets %v, want %d", id, v, i)
			}
		}
		for range n {
			gate <- struct{}{}
		}
		seen := map[uint32]bool{}
		for range n {
			id, v := p.reply()
			if v != "kept until the end" || seen[id] {
				t.Fatalf("call %d gets %v", id, v)
			}
			seen[id] = true
		}
	}
	host.Close()
	if err := <-end; err != io.EOF {
		t.Errorf("the worker ends with %v, want io.EOF", err)
	}
}

// TestQuickAgain sees a function return to the pump after enough quick calls.
func TestQuickAgain(t *testing.T) {
	f := &pace{}
	f.note(quick+1, false)
	for range probation {
		if f.slow.Load() == 0 {
			t.Fatal("quick too early")
		}
		f.note(1, false)
	}
	if f.slow.Load() != 0 {
		t.Error("not quick after so many quick calls")
	}
	if f.note(1, true); f.slow.Load() == 0 {
		t.Error("a call that waited for the host counts as quick")
	}
}

func TestSocketNames(t *testing.T) {
	for _, c := range [][2]string{{"", ""}, {"stdio:", ""}, {"fd:x", ""}, {"fd:-1", ""}, {"fd:3", "ernie"}} {
		if _, err := socket(c[0], c[1]); err == nil {
			t.Errorf("FONDACO_SOCKET=%q FONDACO_WIRE=%q is accepted", c[0], c[1])
		}
	}
}
