package accept

import (
	"errors"
	"log/slog"
	"net"
	"syscall"
	"testing"
	"time"
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
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func TestListenerSurvivesTrouble(t *testing.T) {
	inner := listen(t)
	full := &net.OpError{Op: "accept", Err: syscall.EMFILE}
	l := New(&troubled{inner, []error{full, full, syscall.ECONNABORTED}}, 1, slog.New(slog.DiscardHandler))
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
		"waiting for a connection": New(listen(t), 0, slog.New(slog.DiscardHandler)),
		"in a pause":               New(&troubled{listen(t), []error{syscall.EMFILE, syscall.EMFILE, syscall.EMFILE, syscall.EMFILE}}, 1, slog.New(slog.DiscardHandler)),
		"waiting for a place":      New(listen(t), 1, slog.New(slog.DiscardHandler)),
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

// TestPlacesComeBack accepts more connections, one after the other, than there
// are places.
func TestPlacesComeBack(t *testing.T) {
	l := New(listen(t), 1, slog.New(slog.DiscardHandler))
	inner := l.Releasing()
	for range 3 {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		got, err := inner.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if l.Open() != 1 {
			t.Errorf("%d connections are open, want 1", l.Open())
		}
		_ = got.Close()
		_ = got.Close() // a second time gives nothing back
		_ = c.Close()
	}
	if l.Open() != 0 || l.Accepted() != 3 {
		t.Errorf("%d of %d connections are open", l.Open(), l.Accepted())
	}
}
