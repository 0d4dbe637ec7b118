package fondaco

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fondaco/fondaco/admin"
	"github.com/fondaco/fondaco/broker"
	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/guardian"
	"github.com/fondaco/fondaco/internal/lograte"
	"github.com/fondaco/fondaco/pool"
)

// The vocabulary that programs which embed Fondaco use most.
type (
	Config  = config.Config
	Request = core.Request
	Body    = core.Body
	Handler = core.Handler
	Error   = core.Error
)

// Server is a whole Fondaco. It is made by New, and ends with Serve, or with
// Close when it is not served.
type Server struct {
	cfg      *config.Config // held by mu, once the server serves
	file     string         // the configuration file; never changes
	log      *slog.Logger
	access   *accessLog
	plugins  *slog.Logger // for what plugins log
	clock    *pool.Clock
	guardian *guardian.Guardian
	broker   *broker.Broker
	runtimes runtimes
	doors    []frontDoor
	admin    *admin.Admin // nil: none
	started  time.Time
	halt     context.CancelFunc
	halted   context.Context
	ready    chan struct{} // closed once the doors accept
	draining atomic.Bool

	mu      sync.Mutex // held while modules change
	modules map[string]*module
	specs   sync.Map // name -> config.Module, for readers that must not wait for mu
}

// Option changes how New makes a server.
type Option func(*Server)

// WithLogger lets the server log to log; the default is slog.Default.
func WithLogger(log *slog.Logger) Option {
	return func(s *Server) { s.log = log }
}

// linesPerSecond bounds the lines that all plugins together log through the
// host.
const linesPerSecond = 1000

// drainLimit is how long requests in flight may go on when the server stops.
const drainLimit = 30 * time.Second

// New makes a server of cfg: it loads every plugin and opens every door, but
// accepts nothing yet. A plugin that cannot be loaded leaves its module
// unavailable, with the reason; see Problems. A door that cannot be opened is
// an error.
func New(cfg *Config, options ...Option) (*Server, error) {
	s := &Server{
		cfg: cfg, file: cfg.File, log: slog.Default(), clock: pool.NewClock(), modules: make(map[string]*module),
		started: time.Now(), ready: make(chan struct{}),
	}
	for _, o := range options {
		o(s)
	}
	s.plugins = lograte.New(s.log, linesPerSecond)
	s.halted, s.halt = context.WithCancel(context.Background())
	s.guardian = guardian.New(guardian.Options{})
	s.broker = broker.New(core.HandlerFunc(s.serveHost), s.log)
	s.runtimes = newRuntimes(s.guardian, s.log)
	if err := s.open(); err != nil {
		return nil, errors.Join(err, s.Close(context.Background()))
	}
	return s, nil
}

func (s *Server) open() error {
	var err error
	if s.access, err = openAccessLog(s.cfg.Log.Access); err != nil {
		return err
	}
	for _, m := range s.cfg.Modules {
		s.install(m)
	}
	for _, d := range s.cfg.Listen {
		door, err := s.openDoor(d)
		if err != nil {
			return err
		}
		s.doors = append(s.doors, door)
	}
	return s.openAdmin()
}

// openAdmin opens the admin API. Where nobody asked for a certain place and a
// live server has the usual one, this server goes without.
func (s *Server) openAdmin() error {
	if s.cfg.Admin.URL == "none" {
		return nil
	}
	a, err := admin.New(s.cfg.Admin, s, s.log)
	var taken *admin.TakenError
	if errors.As(err, &taken) && !s.cfg.Admin.Explicit {
		s.log.Warn("this server goes without an admin socket", "error", err)
		return nil
	}
	s.admin = a
	return err
}

// Handle answers req as a door would have it answered. It makes the server a
// Handler.
func (s *Server) Handle(ctx context.Context, req *Request) (Body, error) {
	return s.broker.Handle(ctx, req)
}

// Doors lists the doors' URLs, with the ports they got.
func (s *Server) Doors() []string {
	urls := make([]string, len(s.doors))
	for i, d := range s.doors {
		urls[i] = d.URL()
	}
	return urls
}

// Ready is closed once the doors accept connections.
func (s *Server) Ready() <-chan struct{} { return s.ready }

// Halt makes Serve drain and return.
func (s *Server) Halt() { s.halt() }

// Halted is closed once Halt was called, by the program or over the admin API.
func (s *Server) Halted() <-chan struct{} { return s.halted.Done() }

// Serve accepts connections until ctx is done or Halt is called, lets what is
// in flight finish, and ends everything the server started. It returns the
// error of the door that failed, if one did.
func (s *Server) Serve(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.halted, cancel)()
	go s.warm(ctx)
	failed := make(chan error, len(s.doors))
	for _, d := range s.doors {
		go func() {
			err := d.Serve(ctx)
			if err != nil {
				err = fmt.Errorf("door %s: %w", d.URL(), err)
				cancel()
			}
			failed <- err
		}()
	}
	stopAdmin := s.serveAdmin()
	close(s.ready)
	<-ctx.Done()
	s.draining.Store(true)
	var errs []error
	for range s.doors {
		errs = append(errs, <-failed)
	}
	end, stop := context.WithTimeout(context.Background(), drainLimit)
	defer stop()
	errs = append(errs, s.Close(end))
	return errors.Join(append(errs, stopAdmin())...)
}

// serveAdmin serves the admin API, beyond the drain, until the function it
// returns is called.
func (s *Server) serveAdmin() func() error {
	if s.admin == nil {
		return func() error { return nil }
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.admin.Serve(ctx) }()
	return func() error {
		cancel()
		return errors.Join(<-ended, s.admin.Close())
	}
}

// warm starts the minimum of every pool.
func (s *Server) warm(ctx context.Context) {
	for _, name := range s.broker.Modules() {
		state, _ := s.broker.State(name)
		for _, b := range state.Backends {
			if p, ok := b.(*pool.Pool); ok {
				go p.Warm(ctx, p.Minimum()) // a failure is logged and shown by the pool
			}
		}
	}
}

// Close lets what runs finish until ctx is done, and ends all plugins. Serve
// calls it; a server that is never served needs it.
func (s *Server) Close(ctx context.Context) error {
	s.broker.Close(ctx)
	errs := []error{s.guardian.Close(ctx)}
	for _, d := range s.doors {
		errs = append(errs, d.Close())
	}
	if s.admin != nil && !s.draining.Load() {
		errs = append(errs, s.admin.Close())
	}
	return errors.Join(append(errs, s.access.Close())...)
}
