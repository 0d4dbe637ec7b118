// Package client calls functions of a Fondaco server, or of any server that
// speaks BERT-RPC or Fondaco's HTTP, from Go.
//
// Arguments and results are core.Body values, so that nothing is decoded that
// nobody looks at: package codec/value turns Go values into them and back.
package client

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/fondaco/fondaco/core"
)

// Bounds of a client.
const (
	connectTime = 10 * time.Second
	maxReply    = 64 << 20 // bytes of one reply
	maxPort     = 65535
)

// limits bound what a reply may hold.
var limits = core.Limits{Bytes: maxReply, Elements: maxReply}

// Client calls one server. It is safe for concurrent use; over BERT-RPC its
// calls are made one after the other, on one kept connection: for calls side
// by side make more clients.
type Client struct {
	url  string
	wire wire
}

// wire is one way to make a request.
type wire interface {
	call(ctx context.Context, module, function string, args core.Body) (core.Body, error)
	cast(ctx context.Context, module, function string, args core.Body) error
	close() error
}

// Option changes how a Client works.
type Option func(*options)

type options struct{ fresh bool }

// Fresh makes every request on a connection of its own, as BERT-RPC clients of
// old do.
func Fresh() Option { return func(o *options) { o.fresh = true } }

// New returns a client of the server at a door's URL, bert://host:port or
// http://host:port. It connects with the first request.
func New(rawURL string, opts ...Option) (*Client, error) {
	var o options
	for _, set := range opts {
		set(&o)
	}
	u, err := url.Parse(rawURL)
	if err != nil || u.Port() == "" || u.User != nil || u.Path != "" && u.Path != "/" {
		return nil, fmt.Errorf("%q is no door's URL: write bert://host:port or http://host:port", rawURL)
	}
	if port, err := strconv.Atoi(u.Port()); err != nil || port < 1 || port > maxPort {
		return nil, fmt.Errorf("%q: the port is out of range; write one from 1 to %d", rawURL, maxPort)
	}
	switch u.Scheme {
	case "bert":
		return &Client{rawURL, &bertWire{address: u.Host, where: rawURL, fresh: o.fresh}}, nil
	case "http":
		return &Client{rawURL, newHTTP(rawURL, u.Host, o.fresh)}, nil
	}
	return nil, fmt.Errorf("%q is no door's URL: there is no client for %s://, only for bert:// and http://", rawURL, u.Scheme)
}

// URL returns the server's URL.
func (c *Client) URL() string { return c.url }

// Call calls a function and waits for its result, or until ctx is done. args
// is a list in any codec. The result is the caller's, in the codec of the
// wire. What the server says went wrong is a *core.Error of the same kind; a
// server that cannot be reached is core.ErrUnavailable, a connection that ends
// in mid-call core.ErrBroken: the call may have run, and is not repeated. Both
// are a *NoReplyError, as is all that the server did not say itself.
func (c *Client) Call(ctx context.Context, module, function string, args core.Body) (core.Body, error) {
	return c.wire.call(ctx, module, function, args)
}

// Cast asks for a function to be run and returns once the server has taken the
// request. It fails as Call does, but says nothing of the function's fate.
func (c *Client) Cast(ctx context.Context, module, function string, args core.Body) error {
	return c.wire.cast(ctx, module, function, args)
}

// Close ends the connection.
func (c *Client) Close() error { return c.wire.close() }
