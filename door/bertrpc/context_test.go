package bertrpc

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/fondaco/fondaco/core"
)

// until calls f until it is true.
func until(t *testing.T, f func() bool) {
	t.Helper()
	for end := time.Now().Add(generous); !f(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("what was waited for did not happen")
		}
	}
}

// A request's context is watched in two ways, by its Err, as the clock of a
// pool does, and by its Done.
func TestClientGoes(t *testing.T) {
	reset := func(c interface {
		SetLinger(int) error
		Close() error
	}) {
		_ = c.SetLinger(0)
		_ = c.Close()
	}
	for _, way := range []string{"err", "done"} {
		for _, tt := range []struct {
			name  string
			keep  bool
			reset bool
			ends  bool
		}{
			{"one call, reset", false, true, true},
			{"one call, half-close", false, false, false},
			{"kept, reset", true, true, true},
			{"kept, half-close", true, false, true},
		} {
			t.Run(way+": "+tt.name, func(t *testing.T) {
				started, ended, free := make(chan bool), make(chan error, 1), make(chan bool)
				_, addr := serve(t, core.HandlerFunc(func(ctx context.Context, req *core.Request) (core.Body, error) {
					started <- true
					if way == "err" {
						for ctx.Err() == nil {
							select {
							case <-free:
								return core.Body{}, nil
							case <-time.After(time.Millisecond):
							}
						}
					} else {
						select {
						case <-free:
							return core.Body{}, nil
						case <-ctx.Done():
						}
					}
					ended <- ctx.Err()
					return core.Body{}, core.ErrCanceled
				}), nil)
				c := dial(t, addr)
				if tt.keep {
					_, _ = io.WriteString(c, infoOf("connection", listOf(atomOf("keep_alive"))))
				}
				_, _ = io.WriteString(c, callOf("\x6a"))
				<-started
				if tt.reset {
					reset(c)
				} else {
					_ = c.CloseWrite()
				}
				if tt.ends {
					if err := <-ended; !errors.Is(err, context.Canceled) {
						t.Fatalf("the context ended with %v", err)
					}
					return
				}
				select {
				case err := <-ended:
					t.Fatalf("a half-close ended the context: %v", err)
				case <-time.After(30 * time.Millisecond): // the most that can be seen of what must not happen
				}
				free <- true
				if got := readBERP(t, c); got != replyOf(bertNil) {
					t.Fatalf("got %q", got)
				}
				wantEnd(t, c)
			})
		}
	}
}

// Done is asked for by some calls of a kept connection: the goroutine behind
// it must neither outlive the call nor take bytes or deadlines from the next.
func TestDoneBetweenCalls(t *testing.T) {
	n := 0
	d, addr := serve(t, core.HandlerFunc(func(ctx context.Context, req *core.Request) (core.Body, error) {
		if n++; n%2 == 1 {
			done := ctx.Done()
			if done != ctx.Done() {
				t.Error("Done made two channels")
			}
			select {
			case <-done:
				t.Error("the context ended")
			default:
			}
		}
		return echo(ctx, req)
	}), nil)
	c := dial(t, addr)
	_, _ = io.WriteString(c, infoOf("connection", listOf(atomOf("keep_alive"))))
	for range 50 {
		_, _ = io.WriteString(c, callOf("\x6a")+callOf("\x6a"))
		for range 2 {
			if got := readBERP(t, c); got != replyOf("\x6a") {
				t.Fatalf("got %q", got)
			}
		}
	}
	_ = c.Close()
	until(t, func() bool { return d.Stats().Open == 0 })
}

// A cast's context is the door's: its client may go.
func TestCastOutlivesItsClient(t *testing.T) {
	started, free, result := make(chan bool), make(chan bool), make(chan error, 1)
	_, addr := serve(t, core.HandlerFunc(func(ctx context.Context, req *core.Request) (core.Body, error) {
		started <- true
		<-free
		result <- ctx.Err()
		if req.Kind != core.Cast {
			t.Error("the request is no cast")
		}
		return core.Body{}, core.ErrNoModule
	}), nil)
	c := dial(t, addr)
	_, _ = io.WriteString(c, message("cast", "m", "f", "\x6a"))
	if got := readBERP(t, c); got != string(noreply[4:]) {
		t.Fatalf("got %q", got)
	}
	wantEnd(t, c) // before the work is done
	_ = c.Close()
	<-started
	free <- true
	if err := <-result; err != nil {
		t.Fatalf("the cast's context ended: %v", err)
	}
}
