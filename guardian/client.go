//go:build unix

package guardian

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// ErrClosed is returned by Spawn after Close.
var ErrClosed = errors.New("guardian: closed")

// ErrLost is matched by the errors of all that was under way when a guardian
// process ended of itself or was killed. The workers it had started are gone.
var ErrLost = errors.New("guardian: the guardian process was lost")

// Options of a Guardian.
type Options struct {
	// Name stands in the command line of the guardian process, "NAME: guardian
	// of PID"; empty means fondaco.
	Name string
}

// Guardian starts workers. Its methods may be called from any goroutine. The
// guardian process behind it is started when it is first needed, and again
// when it was lost.
type Guardian struct {
	options Options
	turn    chan struct{} // held while current is looked up or launched

	mu      sync.Mutex
	current *session // nil before the first launch
	closed  bool
}

// New returns a Guardian without starting its process: the first Spawn does.
func New(options Options) *Guardian {
	if options.Name == "" {
		options.Name = "fondaco"
	}
	return &Guardian{options: options, turn: make(chan struct{}, 1)}
}

// Start returns a Guardian whose process is running and ready. It fails when
// the program's binary cannot be executed again or does not call Main first.
func Start(ctx context.Context, options Options) (*Guardian, error) {
	g := New(options)
	if _, err := g.running(ctx); err != nil {
		return nil, err
	}
	return g, nil
}

// Spawn starts a worker and returns once it runs, that is once its exec has
// succeeded. An error of exec names the path and wraps the error number
// (errors.Is with fs.ErrNotExist and the like works). When ctx ends first, the
// worker is ended as soon as it runs. Any number of Spawns may be in flight.
func (g *Guardian) Spawn(ctx context.Context, c Command) (*Process, error) {
	s, files, err := c.resolve()
	if err != nil {
		return nil, err
	}
	body := s.encode(nil)
	if len(body) > maxCommand {
		return nil, fmt.Errorf("guardian: start %s: arguments and environment take %d bytes, at most %d can be passed", c.Path, len(body), maxCommand)
	}
	session, err := g.running(ctx)
	if err != nil {
		return nil, err
	}
	p, reply, err := session.spawn(ctx, body, files)
	if err != nil {
		return nil, fmt.Errorf("guardian: start %s: %w", c.Path, err)
	}
	if reply.errno != 0 {
		return nil, c.explain(s, reply.step, reply.errno)
	}
	return p, nil
}

// Close ends all workers and everything they started, then the guardian
// process, and returns when it has gone. When ctx ends first, the guardian is
// killed, what can be found of its workers is ended, and ctx's error is
// returned. Spawn fails from then on; closing again does no harm.
func (g *Guardian) Close(ctx context.Context) error {
	g.mu.Lock()
	g.closed = true
	s := g.current
	g.mu.Unlock()
	if s == nil {
		return nil
	}
	return s.close(ctx)
}

// Pid returns the id of the guardian process, 0 when none runs.
func (g *Guardian) Pid() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.current == nil || g.current.ended() {
		return 0
	}
	return g.current.process.Pid
}

// running returns the session with the guardian process, after launching one
// when there is none.
func (g *Guardian) running(ctx context.Context) (*session, error) {
	if s, err := g.look(); s != nil || err != nil {
		return s, err
	}
	select {
	case g.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("guardian: launch: %w", ctx.Err())
	}
	defer func() { <-g.turn }()
	if s, err := g.look(); s != nil || err != nil {
		return s, err
	}
	s, err := launch(ctx, g.options)
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	closed := g.closed
	g.current = s
	g.mu.Unlock()
	if closed {
		return nil, errors.Join(ErrClosed, s.close(ctx))
	}
	return s, nil
}

// look returns the running session, or nil when one has to be launched.
func (g *Guardian) look() (*session, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return nil, ErrClosed
	}
	if g.current != nil && !g.current.ended() {
		return g.current, nil
	}
	return nil, nil
}
