package workertest

import (
	"strings"
	"testing"
)

var lives = []conversation{
	{"output does no harm", []string{"noisy", "echo"}, testNoisy},
	{"bye", []string{"echo"}, testBye},
	{"bye while a call waits", []string{"relay"}, testByeWaiting},
	{"end of the socket", []string{"echo"}, testEOF},
	{"end of the socket while waiting", []string{"relay"}, testEOFWaiting},
	{"sudden death", []string{"die_hard"}, testDeath},
	{"process id", []string{"pid"}, testPid},
}

func testNoisy(t *testing.T, w Worker) {
	p := Start(t, w)
	p.Call(1, "noisy")
	p.ExpectReply(1, 1)
	p.expectAlive(w)
	p.Send(0, kindBye)
	p.Wait()
	for _, want := range []string{"hello from stdout", "hello from stderr"} {
		if !strings.Contains(p.Output(), want) {
			t.Errorf("the output lacks %q", want)
		}
	}
}

func testBye(t *testing.T, w Worker) {
	p := Start(t, w)
	var all []byte
	for i := range uint32(10) {
		all = Append(all, i, kindCall, "kit", "echo", []any{int(i)})
	}
	p.Write(Append(all, 0, kindBye))
	p.expectAll(w, 10, func(id uint32) any { return int(id) })
	p.ExpectEOF()
	if status := p.Wait(); status != 0 {
		t.Errorf("the worker ends with status %d after bye, want 0", status)
	}
	if !strings.Contains(p.Output(), "kit stopped") {
		t.Error("stop() did not print its line")
	}
}

func testByeWaiting(t *testing.T, w Worker) {
	p := Start(t, w)
	p.Call(1, "relay", "other", "f", 1)
	r := p.expectRelay(1, 1)
	p.Send(0, kindBye)
	p.Send(r.ID, kindReply, "in time")
	p.ExpectReply(1, "in time")
	p.ExpectEOF()
	if status := p.Wait(); status != 0 {
		t.Errorf("the worker ends with status %d after bye, want 0", status)
	}
}

func testEOF(t *testing.T, w Worker) {
	p := Start(t, w)
	p.expectAlive(w)
	p.Conn.Close()
	p.Wait()
}

func testEOFWaiting(t *testing.T, w Worker) {
	p := Start(t, w)
	p.Call(1, "relay", "other", "f", 1)
	p.Request()
	p.Conn.Close()
	p.Wait()
}

func testDeath(t *testing.T, w Worker) {
	p := Start(t, w)
	p.Call(1, "die_hard")
	p.ExpectEOF()
	if status := p.Wait(); status != 7 {
		t.Errorf("the worker ends with status %d, want 7", status)
	}
}

func testPid(t *testing.T, w Worker) {
	p := Start(t, w)
	p.Call(1, "pid")
	p.ExpectReply(1, p.Cmd.Process.Pid)
}
