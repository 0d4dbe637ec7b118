package pool

import (
	"context"
	"errors"

	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/core"
)

// Runtime can load the plugins of one kind. The life of what it makes:
//
//  1. Load reads, checks and compiles the plugin's code, and keeps it: an
//     instance that starts later must not pick up newer code.
//  2. New makes an instance, as often as the pool needs one, also several at
//     a time. It returns when the instance is ready for calls.
//  3. Handle serves calls, at most as many at a time as the pool's concurrency.
//  4. Close of the instance ends it, after its last call or in the middle
//     of one that is hung.
//  5. Close of the plugin frees what Load kept, after its last instance.
type Runtime interface {
	Load(ctx context.Context, spec config.Plugin) (Plugin, error)
}

// Plugin is loaded code, from which instances are made. It is safe for
// concurrent use.
type Plugin interface {
	// New makes an instance, which asks host for what it wants of the server.
	// ctx bounds the start only. An error that wraps ErrUnavailable names what
	// is missing; any other counts as a crash at start.
	New(ctx context.Context, host core.Host) (Instance, error)
	Close() error
}

// Instance is one running copy of a plugin. Handle follows the contract of
// core.Handler. An error that matches ErrBroken is its last: the pool closes
// the instance and never uses it again. Close ends it at once, whatever it
// does, and waits until it is gone; one that cannot be ended in a bounded time
// is an error, and is left behind.
type Instance interface {
	core.Handler
	Close() error
}

// The optional abilities of an instance are interfaces of one method, found by
// assertion. core.Interrupter is one of them.
type (
	// Initer runs init, once per load, on the first instance before it serves.
	Initer interface {
		Init(ctx context.Context, host core.Host) error
	}
	// Lister knows the functions that may be called; false: not known.
	Lister interface {
		Functions() ([]string, bool)
	}
	// Concurrent wishes for so many calls in flight, when the configuration
	// does not say.
	Concurrent interface {
		Concurrency() int
	}
	// Stopper ends an instance in peace: no call runs, and none will come. Close
	// follows.
	Stopper interface {
		Stop(ctx context.Context) error
	}
	// Watched tells when the instance has died on its own, with the reason.
	Watched interface {
		Done() <-chan struct{}
		Err() error
	}
	// Lingerer may still work on calls whose Handle has returned, since nobody
	// waited any more. They keep their places until Lingering, which counts
	// them, becomes less; then the function given to Notify is called.
	Lingerer interface {
		Lingering() int
		Notify(func())
	}
	// Process is an instance that is a process.
	Process interface {
		Pid() int
		Memory() (int64, error) // resident bytes
	}
)

// ErrUnsent marks, beside ErrBroken, the error of an instance that died before
// it was given anything of the call: the pool may try another instance.
var ErrUnsent = errors.New("the call was not sent")
