package door

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/fondaco/fondaco/core"
)

// troubled fails with the errors it holds before it accepts.
type troubled struct {
	net.Listener
	errs []error
}

func (l *troubled) Accept() (net.Conn, error) {
	if len(l.errs) > 0 {
		err := l.errs[0]
		l.errs = l.errs[1:]
		return nil, err
	}
	return l.Listener.Accept()
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, _, err := Listen("x://127.0.0.1:0", "x", "1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func TestListenerSurvivesTrouble(t *testing.T) {
	inner := listen(t)
	full := &net.OpError{Op: "accept", Err: syscall.EMFILE}
	l := NewListener(&troubled{inner, []error{full, full, syscall.ECONNABORTED}}, 1, slog.New(slog.DiscardHandler))
	c, err := net.Dial("tcp", inner.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	got, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	_ = got.Close()
	l.Release()
}

func TestListenerCloseEndsAccept(t *testing.T) {
	for name, l := range map[string]*Listener{
		"waiting for a connection": NewListener(listen(t), 0, slog.New(slog.DiscardHandler)),
		"in a pause":               NewListener(&troubled{listen(t), []error{syscall.EMFILE, syscall.EMFILE, syscall.EMFILE, syscall.EMFILE}}, 1, slog.New(slog.DiscardHandler)),
		"waiting for a place":      NewListener(listen(t), 1, slog.New(slog.DiscardHandler)),
	} {
		t.Run(name, func(t *testing.T) {
			if name == "waiting for a place" {
				l.slots <- struct{}{}
			}
			ended := make(chan error, 1)
			go func() {
				_, err := l.Accept()
				ended <- err
			}()
			_ = l.Close()
			_ = l.Close()
			select {
			case err := <-ended:
				if !errors.Is(err, net.ErrClosed) {
					t.Fatal(err)
				}
			case <-time.After(10 * time.Second):
				t.Fatal("Accept did not end")
			}
		})
	}
}

func TestListenURL(t *testing.T) {
	l, url, err := Listen("bert://:0", "bert", "8000")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	if want := "bert://" + l.Addr().String(); url != want {
		t.Errorf("got %s, want %s", url, want)
	}
	var e *Error
	if _, _, err := Listen("bert://256.0.0.1:0", "bert", "8000"); !errors.As(err, &e) || e.URL != "bert://256.0.0.1:0" {
		t.Errorf("got %v", err)
	}
}

func TestAllowNothingChangesNothing(t *testing.T) {
	h := &safe{}
	if got, err := Allow("x", nil, h); err != nil || got != core.Handler(h) {
		t.Fatalf("got %v, %v", got, err)
	}
}

func TestSafe(t *testing.T) {
	h := Safe(core.HandlerFunc(func(context.Context, *core.Request) (core.Body, error) { panic("x") }), slog.New(slog.DiscardHandler))
	if _, err := h.Handle(context.Background(), &core.Request{Module: "m", Function: "f"}); !errors.Is(err, core.ErrBroken) {
		t.Fatal(err)
	}
}
