package lua

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fondaco/fondaco/core"
)

// deafHost answers only when it is released, whatever the context says.
type deafHost struct {
	quietHost
	entered, released chan struct{}
}

func (h *deafHost) Handle(context.Context, *core.Request) (core.Body, error) {
	close(h.entered)
	<-h.released
	return core.Body{}, nil
}

// TestCloseGivesUp closes a state that does not get free: Close returns, and
// the state is freed afterwards.
func TestCloseGivesUp(t *testing.T) {
	for _, c := range []struct {
		name string
		hold func(t *testing.T, in *instance) (release func())
	}{
		{"somebody has the turn", func(_ *testing.T, in *instance) func() {
			in.turn.Lock()
			return in.turn.Unlock
		}},
		{"a call waits", func(_ *testing.T, in *instance) func() {
			host := &deafHost{entered: make(chan struct{}), released: make(chan struct{})}
			in.host = host
			var calls sync.WaitGroup
			calls.Go(func() { _, _ = in.Handle(context.Background(), &core.Request{Module: "m", Function: "f"}) })
			<-host.entered
			return func() {
				close(host.released)
				calls.Wait()
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := script(t, `function f() return fondaco.call("a", "b") end`)
			limit := in.limit
			in.limit = time.Millisecond
			release := sync.OnceFunc(c.hold(t, in))
			defer release()
			closed := make(chan error, 1)
			go func() { closed <- in.Close() }()
			select {
			case err := <-closed:
				if err == nil || !strings.Contains(err.Error(), "module m, plugin "+in.spec.File) {
					t.Errorf("Close of a state in use: %v, want an error that names the plugin", err)
				}
			case <-time.After(30 * time.Second):
				t.Fatal("Close of a state in use does not return")
			}
			release()
			in.limit = limit
			if err := in.Close(); err != nil || !in.closed {
				t.Errorf("Close of a state that got free: %v", err)
			}
		})
	}
}
