package core

import "context"

// Host is what an instance may ask of the server. Handle makes a nested call:
// build its request with Nested. Wait runs f, which blocks, while the
// instance's turn is given to others; it returns f's error.
type Host interface {
	Handler
	Wait(ctx context.Context, f func() error) error
}

// Service is everything that lives long: a door, the admin API, a link to
// other nodes. Serve returns when ctx is done and everything it started has
// ended, or earlier with the error that stopped it.
type Service interface {
	Serve(ctx context.Context) error
}

// Interrupter is an ability of an instance: it can end a request that runs.
// Interrupt makes the Handle of req return soon with cause (ErrTimeout or
// ErrCanceled); it does not wait, and does nothing when req is not running.
type Interrupter interface {
	Interrupt(req *Request, cause error)
}
