package bertrpc

import (
	"context"
	"fmt"
	"log/slog"
	"net"
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
	Scheme      = "bert"
	DefaultPort = "8000"
)

// The bounds of a stop: how long a client that was accepted has to finish the
// message it is sending, and how long a request may go on after its context
// ended.
const (
	stopGrace   = 200 * time.Millisecond
	cancelGrace = 5 * time.Second
)

// Door accepts connections and speaks BERT-RPC on them. It is a core.Service.
type Door struct {
	url       string
	spec      config.Door
	limits    core.Limits
	handler   core.Handler
	opts      door.Options
	log       *slog.Logger
	strangers *slog.Logger // for what clients send
	listener  *accept.Listener
	names     names
	scratch   sync.Pool // *scratch
	counts    counts
	draining  atomic.Bool

	mu    sync.Mutex
	conns map[*conn]struct{}
	empty chan struct{} // made when draining begins, closed when conns is empty
}

type counts struct{ requests, malformed atomic.Uint64 }

// New binds the listener of the door that spec describes. Requests go to h.
// Connections are accepted from then on, but served only when Serve runs.
func New(spec config.Door, h core.Handler, opts door.Options) (*Door, error) {
	opts = opts.Fill()
	if spec.MaxMessage <= 0 {
		spec.MaxMessage = config.DefaultMaxMessage
	}
	d := &Door{spec: spec, opts: opts, conns: make(map[*conn]struct{})}
	d.limits = core.Limits{Bytes: int(spec.MaxMessage), Inflate: int(spec.MaxMessage)}
	listener, url, err := door.Listen(spec.URL, Scheme, DefaultPort)
	if err != nil {
		return nil, err
	}
	allowed, err := door.Allow(url, spec.Allow, h)
	if err != nil {
		_ = listener.Close()
		return nil, err
	}
	d.url = url
	d.log = opts.Log.With("door", url)
	d.strangers = lograte.New(d.log, door.LinesPerSecond)
	d.handler = door.Safe(allowed, d.log)
	d.listener = accept.New(listener, spec.MaxConns, d.log)
	return d, nil
}

// URL returns the door's real address, such as bert://127.0.0.1:8000.
func (d *Door) URL() string { return d.url }

// Stats returns the counters.
func (d *Door) Stats() door.Stats {
	return door.Stats{Accepted: d.listener.Accepted(), Open: d.listener.Open(),
		Requests: d.counts.requests.Load(), Malformed: d.counts.malformed.Load()}
}

// Close closes the listener: Serve then ends as if its context were done. It
// is for doors that are not served; it may be called more than once.
func (d *Door) Close() error { return d.listener.Close() }

// Serve accepts connections until ctx is done. Then it stops listening, lets
// the requests in flight finish for as long as the options say, ends the
// contexts of what is left, and returns nil when every connection is closed.
// It may be called once.
func (d *Door) Serve(ctx context.Context) error {
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { _ = d.Close() })()
	for {
		nc, err := d.listener.Accept()
		if err != nil {
			break
		}
		c := newConn(base, d, nc.(*net.TCPConn))
		d.mu.Lock()
		d.conns[c] = struct{}{}
		d.mu.Unlock()
		go c.serve()
	}
	return d.drain(cancel)
}

// drain waits until all connections have ended, first patiently.
func (d *Door) drain(cancel context.CancelFunc) error {
	d.draining.Store(true)
	d.mu.Lock()
	empty := make(chan struct{})
	d.empty = empty
	if len(d.conns) == 0 {
		close(empty)
	}
	for c := range d.conns {
		_ = c.tcp.SetReadDeadline(time.Now().Add(stopGrace))
	}
	d.mu.Unlock()
	if wait(empty, d.opts.Drain) {
		return nil
	}
	cancel()
	d.mu.Lock()
	left := len(d.conns)
	for c := range d.conns {
		_ = c.tcp.Close()
	}
	d.mu.Unlock()
	d.log.Warn("requests were cut off: they ran on after the stop", "requests", left, "drain", d.opts.Drain)
	if wait(empty, cancelGrace) {
		return nil
	}
	return fmt.Errorf("door %s: %d requests did not end %v after they were canceled", d.url, d.Stats().Open, cancelGrace)
}

// remove forgets a connection that is closed.
func (d *Door) remove(c *conn) {
	d.mu.Lock()
	delete(d.conns, c)
	if d.empty != nil && len(d.conns) == 0 {
		close(d.empty)
	}
	d.mu.Unlock()
	d.listener.Release()
}

func wait(done <-chan struct{}, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-done:
		return true
	case <-t.C:
		return false
	}
}
