package doortest

import (
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/door"
)

// raw connects without a protocol.
func raw(t *testing.T, d Door) *net.TCPConn {
	t.Helper()
	u, err := url.Parse(d.URL())
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	_ = c.SetDeadline(time.Now().Add(Generous))
	t.Cleanup(func() { _ = c.Close() })
	return c.(*net.TCPConn)
}

// wantClosed reads until the door has closed the connection, in whatever way.
func wantClosed(t *testing.T, c net.Conn) {
	t.Helper()
	_, err := io.Copy(io.Discard, c)
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		t.Fatal("the door did not close the connection")
	}
}

func maxMessage(t *testing.T, k Kit) {
	r := start(t, k, func(d *config.Door, _ *door.Options) { d.MaxMessage = 10_000 })
	text := strings.Repeat("x", 9000)
	if answer, kind, err := call(t, k, r, "stub", "echo", text); answer != text {
		t.Errorf("below the limit: %q, %v", kind, err)
	}
	if _, kind, err := call(t, k, r, "stub", "echo", strings.Repeat("x", 20_000)); kind != "protocol" && err == nil {
		t.Errorf("above the limit: %q, %v", kind, err)
	}
	wantEcho(t, k, r)
}

func idleClose(t *testing.T, k Kit) {
	r := start(t, k, func(d *config.Door, _ *door.Options) { d.Idle = 50 * time.Millisecond })
	silent, half := raw(t, r), raw(t, r)
	_, _ = half.Write(k.Half)
	wantClosed(t, silent)
	wantClosed(t, half)
}

// slowIdle: a call may take longer than a connection may idle.
func slowIdle(t *testing.T, k Kit) {
	r := start(t, k, func(d *config.Door, _ *door.Options) { d.Idle = 20 * time.Millisecond })
	_, done := slow(t, k, r)
	select {
	case <-r.stub.Canceled:
		t.Fatal("a call was canceled because its client waited")
	case <-time.After(100 * time.Millisecond): // the most that can be seen of what must not happen
	}
	r.stub.Free()
	if got, _ := receive(t, done); got.answer != "late" {
		t.Fatalf("got %+v", got)
	}
}

func garbage(t *testing.T, k Kit) {
	r := start(t, k, func(d *config.Door, _ *door.Options) { d.Idle = time.Second })
	for name, bytes := range k.Garbage {
		t.Run(name, func(t *testing.T) {
			c := raw(t, r)
			if _, err := c.Write(bytes); err != nil {
				t.Fatal(err)
			}
			wantEcho(t, k, r)
			_ = c.CloseWrite()
			wantClosed(t, c)
			wantEcho(t, k, r)
		})
	}
}

// outcome is what Call returned.
type outcome struct {
	answer, kind string
	err          error
}

// slow begins a call that waits for Stub.Free.
func slow(t *testing.T, k Kit, r *running) (Client, <-chan outcome) {
	t.Helper()
	c, err := k.Dial(r.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	done := make(chan outcome, 1)
	go func() {
		answer, kind, err := c.Call("stub", "slow", "late")
		done <- outcome{answer, kind, err}
	}()
	receive(t, r.stub.Started)
	return c, done
}

func slowCall(t *testing.T, k Kit) {
	r := start(t, k, nil)
	_, done := slow(t, k, r)
	wantEcho(t, k, r)
	r.stub.Free()
	if got, _ := receive(t, done); got.answer != "late" {
		t.Fatalf("got %+v", got)
	}
}

// maxConns: who finds all places taken is served when one becomes free.
func maxConns(t *testing.T, k Kit) {
	r := start(t, k, func(d *config.Door, _ *door.Options) { d.MaxConns = 2 })
	client, first := slow(t, k, r)
	_, second := slow(t, k, r)
	third := make(chan outcome, 1)
	go func() {
		c, err := k.Dial(r.URL())
		if err != nil {
			third <- outcome{err: err}
			return
		}
		defer func() { _ = c.Close() }()
		answer, kind, err := c.Call("stub", "slow", "late")
		third <- outcome{answer, kind, err}
	}()
	select {
	case <-r.stub.Started:
		t.Fatal("a third connection was served")
	case <-time.After(50 * time.Millisecond): // the most that can be seen of what must not happen
	}
	r.stub.Free()
	for i, done := range []<-chan outcome{first, second, third} {
		if got, _ := receive(t, done); got.answer != "late" {
			t.Fatalf("got %+v", got)
		}
		if i == 0 {
			_ = client.Close()
		}
	}
}

func resetCancels(t *testing.T, k Kit) {
	r := start(t, k, nil)
	c, _ := slow(t, k, r)
	_ = c.Close()
	receive(t, r.stub.Canceled)
	wantEcho(t, k, r)
}

func drains(t *testing.T, k Kit) {
	r := start(t, k, nil)
	wantEcho(t, k, r)
	idle := raw(t, r)
	_, done := slow(t, k, r)
	r.stop()
	wantClosed(t, idle)
	select {
	case err := <-r.ended:
		t.Fatalf("Serve ended in the middle of a call: %v", err)
	default:
	}
	if _, err := k.Dial(r.URL()); err == nil {
		if _, _, err := call(t, k, r, "stub", "echo", ""); err == nil {
			t.Fatal("the door still serves new connections")
		}
	}
	r.stub.Free()
	if got, _ := receive(t, done); got.answer != "late" {
		t.Fatalf("the call in flight: %+v", got)
	}
	if err, _ := receive(t, r.ended); err != nil {
		t.Fatal(err)
	}
}

func drainBounded(t *testing.T, k Kit) {
	r := start(t, k, func(_ *config.Door, o *door.Options) { o.Drain = 20 * time.Millisecond })
	_, done := slow(t, k, r)
	r.stop()
	receive(t, r.stub.Canceled)
	if got, _ := receive(t, done); got.answer != "" {
		t.Fatalf("got %+v", got)
	}
	if err, _ := receive(t, r.ended); err != nil {
		t.Fatal(err)
	}
}
