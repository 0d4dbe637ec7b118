// Package door holds what all front doors share: where to listen, what may be
// called, and what is told about each request. The doors themselves are the packages below it, one for each
// protocol.
package door

import (
	"context"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/fondaco/fondaco/core"
)

// LinesPerSecond bounds the lines a door logs about what clients send.
const LinesPerSecond = 10

// DefaultDrain is how long a door waits for the requests in flight when it
// stops.
const DefaultDrain = 30 * time.Second

// Options are what a door is given besides its spec. The zero value is usable.
type Options struct {
	// Log gets what happens to the door and the casts that failed; nil: nobody.
	Log *slog.Logger
	// Access is told about every finished request; nil: nobody. It is called on
	// the goroutine of the request, possibly of many at a time, and must not
	// keep the pointer.
	Access func(*Access)
	// Drain is how long requests in flight may go on after Serve's context is
	// done; 0 is DefaultDrain. Then their contexts end.
	Drain time.Duration
}

// Fill returns o with defaults in the fields that are zero.
func (o Options) Fill() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Drain <= 0 {
		o.Drain = DefaultDrain
	}
	return o
}

// Access is one finished request.
type Access struct {
	Kind     core.Kind
	Priority core.Priority
	Module   string
	Function string
	Caller   *core.Caller // where it came from
	Served   core.Served
	Start    time.Time
	Took     time.Duration // from the complete request to the complete answer
	In, Out  int           // bytes of the arguments, bytes of the result
	Err      error         // what the caller was told, or nil
}

// Stats are a door's counters since its start.
type Stats struct {
	Accepted  uint64 // connections
	Open      int64  // connections open now
	Requests  uint64 // calls and casts
	Malformed uint64 // messages that could not be read, or did not come to their end
}

// Listen opens the TCP listener that the URL of a door asks for. The URL is
// SCHEME://HOST:PORT: an empty host is all addresses of the machine, port 0
// any free port, no port the given one. The second result is the URL with the
// port that was got.
func Listen(raw, scheme, port string) (net.Listener, string, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, "", &Error{URL: raw, Reason: err.Error()}
	}
	switch {
	case u.Scheme != scheme:
		return nil, "", &Error{URL: raw, Reason: "the scheme must be " + scheme + "://"}
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil:
		return nil, "", &Error{URL: raw, Reason: "only a host and a port may follow " + scheme + "://"}
	}
	if u.Port() != "" {
		port = u.Port()
	}
	host := u.Hostname()
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, "", &Error{URL: raw, Reason: "cannot listen; choose another port or stop who has it", Err: err}
	}
	addr := l.Addr().(*net.TCPAddr)
	if host == "" {
		return l, scheme + "://" + addr.String(), nil
	}
	_, port, _ = net.SplitHostPort(addr.String())
	return l, scheme + "://" + net.JoinHostPort(host, port), nil
}

// Error says which door cannot be opened, and why.
type Error struct {
	URL    string
	Reason string
	Err    error // the cause, or nil
}

// Error returns "door URL: reason".
func (e *Error) Error() string {
	text := "door " + e.URL + ": " + e.Reason
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
