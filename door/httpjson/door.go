package httpjson

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/door"
	"github.com/fondaco/fondaco/internal/lograte"
	"github.com/fondaco/fondaco/wire/accept"
)

// Scheme is what the URL of such a door begins with, DefaultPort its port when
// the URL names none.
const (
	Scheme      = "http"
	DefaultPort = "8080"
)

const (
	// maxHeader bounds the headers of a request.
	maxHeader = 64 << 10
	// stopGrace is how long a client that was accepted has to begin its
	// request, when the door stops.
	stopGrace = 200 * time.Millisecond
	// cancelGrace is how long a request may go on after its context ended.
	cancelGrace = 5 * time.Second
)

// Door is a Handler with its own listener. It is a core.Service.
type Door struct {
	url      string
	drain    time.Duration
	log      *slog.Logger
	handler  *Handler
	listener *accept.Listener
	server   *http.Server
	running  atomic.Int64

	mu    sync.Mutex
	fresh map[net.Conn]struct{} // connections that have not sent anything yet
}

// New binds the listener of the door that spec describes. Requests go to h.
// Connections are accepted from then on, but served only when Serve runs.
func New(spec config.Door, h core.Handler, opts door.Options) (*Door, error) {
	opts = opts.Fill()
	listener, url, err := door.Listen(spec.URL, Scheme, DefaultPort)
	if err != nil {
		return nil, err
	}
	spec.URL = url
	handler, err := NewHandler(spec, h, opts)
	if err != nil {
		_ = listener.Close()
		return nil, err
	}
	d := &Door{url: url, drain: opts.Drain, log: opts.Log.With("door", url), handler: handler, fresh: make(map[net.Conn]struct{})}
	handler.log, handler.strangers = d.log, lograte.New(d.log, door.LinesPerSecond)
	d.listener = accept.New(listener, spec.MaxConns, d.log)
	d.server = &http.Server{
		Handler:           http.HandlerFunc(d.serveHTTP),
		ReadHeaderTimeout: spec.Idle,
		ReadTimeout:       spec.Idle,
		IdleTimeout:       spec.Idle,
		MaxHeaderBytes:    maxHeader,
		ConnState:         d.note,
		ErrorLog:          slog.NewLogLogger(d.log.Handler(), slog.LevelDebug),
	}
	return d, nil
}

// URL returns the door's real address, such as http://127.0.0.1:8080.
func (d *Door) URL() string { return d.url }

// Stats returns the counters.
func (d *Door) Stats() door.Stats {
	return door.Stats{Accepted: d.listener.Accepted(), Open: d.listener.Open(),
		Requests: d.handler.requests.Load(), Malformed: d.handler.malformed.Load()}
}

// Handler returns what serves the door's requests, to be mounted elsewhere.
func (d *Door) Handler() http.Handler { return d.handler }

// Close closes the listener of a door that is not served. It may be called
// more than once.
func (d *Door) Close() error { return d.listener.Close() }

// Serve accepts connections until ctx is done. Then it stops listening, lets
// the requests in flight finish for as long as the options say, ends the
// contexts of what is left, and returns nil when all have ended. It may be
// called once.
func (d *Door) Serve(ctx context.Context) error {
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	d.server.BaseContext = func(net.Listener) context.Context { return base }
	stopped := make(chan error, 1)
	defer context.AfterFunc(ctx, func() { stopped <- d.stop(cancel) })()
	err := d.server.Serve(d.listener.Releasing())
	if ctx.Err() != nil {
		return <-stopped
	}
	if errors.Is(err, net.ErrClosed) {
		return d.stop(cancel)
	}
	return fmt.Errorf("door %s: %w", d.url, err)
}

// stop ends the door, first patiently.
func (d *Door) stop(cancel context.CancelFunc) error {
	patience, done := context.WithTimeout(context.Background(), d.drain)
	defer done()
	defer time.AfterFunc(stopGrace, d.closeFresh).Stop()
	if d.server.Shutdown(patience) == nil {
		return nil
	}
	cancel()
	_ = d.server.Close()
	d.log.Warn("requests were cut off: they ran on after the stop", "requests", d.running.Load(), "drain", d.drain)
	for end := time.Now().Add(cancelGrace); d.running.Load() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			return fmt.Errorf("door %s: %d requests did not end %v after they were canceled", d.url, d.running.Load(), cancelGrace)
		}
	}
	return nil
}

// note keeps account of the connections that have not sent anything yet:
// the server's own Shutdown would give them five seconds.
func (d *Door) note(c net.Conn, state http.ConnState) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if state == http.StateNew {
		d.fresh[c] = struct{}{}
	} else {
		delete(d.fresh, c)
	}
}

func (d *Door) closeFresh() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for c := range d.fresh {
		_ = c.Close()
	}
}

func (d *Door) serveHTTP(w http.ResponseWriter, r *http.Request) {
	d.running.Add(1)
	defer d.running.Add(-1)
	d.handler.ServeHTTP(w, r)
}
