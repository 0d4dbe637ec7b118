package workertest

import (
	"bytes"
	"fmt"
	"testing"
)

var streams = []conversation{
	{"stream in", []string{"total"}, testStreamIn},
	{"stream in that is not read", []string{"echo"}, testStreamUnread},
	{"no stream in", []string{"total"}, testNoStream},
	{"stream out", []string{"count"}, testStreamOut},
	{"stream out of a generator", []string{"each"}, testStreamEach},
	{"a generator without a stream", []string{"each"}, testEachList},
	{"cancel of a stream", []string{"count", "echo"}, testCancelStream},
}

func testStreamIn(t *testing.T, w Worker) {
	const chunks = 200
	p := Start(t, w)
	p.CallWith(1, Map{{"in", true}}, "total")
	credit, want := int64(0), 0
	for i := range chunks {
		for credit == 0 {
			credit += p.credit(1)
		}
		credit--
		chunk := bytes.Repeat([]byte{byte(i)}, 1+i*300)
		want += len(chunk)
		p.Send(1, kindChunk, chunk)
	}
	p.Send(1, kindEnd)
	for {
		f := p.Receive()
		if f.Kind == kindCredit && f.ID == 1 {
			continue
		}
		if f.Kind != kindReply || Show(f.Fields[0]) != Show(want) {
			t.Fatalf("got %s, want the reply %d", f, want)
		}
		return
	}
}

// credit waits for a credit message of call id.
func (p *Peer) credit(id uint32) int64 {
	p.t.Helper()
	f := p.Receive()
	n, ok := int64(0), false
	if f.ID == id && f.Kind == kindCredit && len(f.Fields) > 0 {
		n, ok = f.Fields[0].(int64)
	}
	if !ok || n < 1 || n > 1024 {
		p.t.Fatalf("got %s, want credit from 1 to 1024 for call %d", f, id)
	}
	return n
}

func testStreamUnread(t *testing.T, w Worker) {
	p := Start(t, w)
	p.CallWith(1, Map{{"in", true}}, "echo", "no thanks")
	for {
		if f := p.Receive(); f.Kind == kindReply && f.ID == 1 {
			break
		} else if f.Kind != kindCredit {
			t.Fatalf("got %s, want the reply", f)
		}
	}
	p.Send(1, kindChunk, []byte("under way"))
	p.Send(1, kindEnd)
	p.expectAlive(w)
}

func testNoStream(t *testing.T, w Worker) {
	p := Start(t, w)
	p.Call(1, "total")
	p.ExpectReply(1, 0)
}

func testStreamOut(t *testing.T, w Worker) {
	p := Start(t, w)
	p.CallWith(1, Map{{"out", 3}}, "count", 40)
	p.expectChunks(1, 40, 3)
	p.ExpectReply(1, 40)
}

func testStreamEach(t *testing.T, w Worker) {
	p := Start(t, w)
	p.CallWith(1, Map{{"out", 2}}, "each", 25)
	p.expectChunks(1, 25, 2)
	p.ExpectReply(1, nil)
}

// expectChunks receives n chunks of call id and grants credit in portions.
// While the credit is used up, only the answer to another call may come.
func (p *Peer) expectChunks(id uint32, n, credit int) {
	p.t.Helper()
	left := credit
	for i := range n {
		if left == 0 {
			p.Call(id+1000, "no such function")
			p.ExpectError(id+1000, "no_function")
			left = 1 + i%5
			p.Send(id, kindCredit, left)
		}
		left--
		f := p.Receive()
		if f.ID != id || f.Kind != kindChunk || len(f.Fields) == 0 || !sameBytes(f.Fields[0], fmt.Appendf(nil, "chunk %d", i)) {
			p.t.Fatalf("got %s, want chunk %d of call %d", f, i, id)
		}
	}
}

func testEachList(t *testing.T, w Worker) {
	p := Start(t, w)
	p.Call(1, "each", 3)
	text, raw := []any{}, []any{}
	for i := range 3 {
		chunk := fmt.Sprintf("chunk %d", i)
		text, raw = append(text, chunk), append(raw, []byte(chunk))
	}
	if got := Show(p.Reply(1)); got != Show(text) && got != Show(raw) {
		t.Errorf("the reply is %s, want %s, as text or bytes", got, Show(text))
	}
}

func testCancelStream(t *testing.T, w Worker) {
	p := Start(t, w)
	p.CallWith(1, Map{{"out", 1}}, "count", 10)
	p.expectChunks(1, 1, 1)
	p.Send(1, kindCancel)
	p.ExpectError(1, "user")
	p.expectAlive(w)
}
