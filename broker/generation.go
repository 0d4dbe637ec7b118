package broker

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/fondaco/fondaco/core"
)

// Backend answers the requests of one plugin.
type Backend interface {
	core.Handler
	// Close lets what runs finish until ctx is done, and frees everything. No
	// request comes in after it.
	Close(ctx context.Context) error
}

// generation is one chain of backends, counted by the requests that use it.
type generation struct {
	number   uint64
	backends []Backend
	users    atomic.Int64 // retired is subtracted when no more may come
	unused   chan struct{}
}

// retired marks a generation that takes no more requests.
const retired = int64(1) << 62

func newGeneration(number uint64, backends []Backend) *generation {
	return &generation{number: number, backends: backends, unused: make(chan struct{})}
}

// enter counts a request in, and reports false when the generation is retired.
func (g *generation) enter() bool {
	if g.users.Add(1) > 0 {
		return true
	}
	g.leave()
	return false
}

func (g *generation) leave() {
	if g.users.Add(-1) == -retired {
		g.close()
	}
}

// retire takes no more requests.
func (g *generation) retire() {
	if g.users.Add(-retired) == -retired {
		g.close()
	}
}

// close tells that the last user has left. A request that came too late may
// pass zero a second time.
func (g *generation) close() {
	if g.users.CompareAndSwap(-retired, -2*retired) {
		close(g.unused)
	}
}

// finish waits until nobody uses the retired generation, or ctx is done, and
// closes its backends.
func (g *generation) finish(ctx context.Context) error {
	select {
	case <-g.unused:
	case <-ctx.Done():
	}
	errs := make([]error, 0, len(g.backends))
	for _, b := range g.backends {
		errs = append(errs, b.Close(ctx))
	}
	return errors.Join(errs...)
}

// handle offers req to the backends in order.
func (g *generation) handle(ctx context.Context, req *core.Request) (core.Body, error) {
	req.Served.Generation = g.number
	for _, b := range g.backends {
		body, err := b.Handle(ctx, req)
		if err == nil || !errors.Is(err, core.ErrNoFunction) {
			return body, err
		}
	}
	return core.Body{}, core.NewError(core.KindNoFunction, "No such function '"+req.Module+":"+req.Function+"'")
}
