// Package doortest is the kit of properties that every front door must have.
// A door's test gives it a way to make the door and a way to speak to it:
//
//	func TestDoor(t *testing.T) {
//		doortest.Run(t, doortest.Kit{New: ..., URL: "bert://127.0.0.1:0", Dial: ...})
//	}
package doortest

import (
	"context"
	"testing"
	"time"

	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/door"
)

// Generous bounds every wait of the kit. None takes nearly as long unless
// something is broken.
const Generous = 20 * time.Second

// Door is what the kit needs of a door.
type Door interface {
	core.Service
	URL() string
}

// Client is one connection to a door, in the door's protocol.
type Client interface {
	// Call calls a function with one text, and returns the text it answers
	// with; or the word of the error's kind ("no_module"), which is what the
	// protocol tells a program. err is what is wrong with the connection.
	Call(module, function, text string) (answer, kind string, err error)
	// Close closes the connection at once.
	Close() error
}

// Kit is what a door's test gives to Run.
type Kit struct {
	URL     string // with port 0
	New     func(spec config.Door, h core.Handler, opts door.Options) (Door, error)
	Dial    func(url string) (Client, error)
	Half    []byte            // how a message begins
	Garbage map[string][]byte // what is no message; each makes the door answer or close
}

// Run checks the properties, each in a subtest.
func Run(t *testing.T, k Kit) {
	for _, p := range []struct {
		name  string
		check func(*testing.T, Kit)
	}{
		{"port 0 picks one", picksPort},
		{"answers", answers},
		{"long messages", longMessages},
		{"errors by kind", errorKinds},
		{"panic", panics},
		{"allow", allows},
		{"bad allow", badAllow},
		{"bad URL", badURL},
		{"max message", maxMessage},
		{"idle close", idleClose},
		{"idle is not for calls", slowIdle},
		{"garbage leaves others alone", garbage},
		{"slow call blocks nobody", slowCall},
		{"max conns", maxConns},
		{"client reset cancels", resetCancels},
		{"drain finishes calls", drains},
		{"drain is bounded", drainBounded},
		{"access", accesses},
	} {
		t.Run(p.name, func(t *testing.T) { p.check(t, k) })
	}
}

// running is a door that serves.
type running struct {
	Door
	stub  *Stub
	stop  context.CancelFunc
	ended chan error
}

// start serves a door in front of a Stub until the test ends.
func start(t *testing.T, k Kit, change func(*config.Door, *door.Options)) *running {
	t.Helper()
	spec := config.DefaultDoor(k.URL)
	opts := door.Options{Drain: Generous}
	if change != nil {
		change(&spec, &opts)
	}
	stub := NewStub()
	d, err := k.New(spec, stub, opts)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{Door: d, stub: stub, stop: cancel, ended: make(chan error, 1)}
	go func() { r.ended <- d.Serve(ctx); close(r.ended) }()
	t.Cleanup(func() {
		stub.Free()
		cancel()
		if err, ok := receive(t, r.ended); ok && err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return r
}

// receive waits for a value, generously.
func receive[T any](t *testing.T, c <-chan T) (v T, ok bool) {
	t.Helper()
	select {
	case v, ok = <-c:
		return v, ok
	case <-time.After(Generous):
		t.Fatal("what was waited for did not happen")
		return v, false
	}
}

// call makes one call on a connection of its own.
func call(t *testing.T, k Kit, d Door, module, function, text string) (answer, kind string, err error) {
	t.Helper()
	c, err := k.Dial(d.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	return c.Call(module, function, text)
}

// wantEcho checks that the door serves others.
func wantEcho(t *testing.T, k Kit, d Door) {
	t.Helper()
	if answer, kind, err := call(t, k, d, "stub", "echo", "héllo"); answer != "héllo" || kind != "" || err != nil {
		t.Fatalf("echo answered %q, %q, %v", answer, kind, err)
	}
}
