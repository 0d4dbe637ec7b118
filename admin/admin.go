package admin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/wire/accept"
)

// Limits of the API's connections.
const (
	headerTime = 5 * time.Second
	bodyTime   = 10 * time.Second
	idleTime   = 60 * time.Second
	maxHeader  = 16 << 10
	maxBody    = 64 << 10
	drainTime  = 2 * time.Second
	maxConns   = 64 // at once; more wait to be accepted
)

// Admin is the API, listening. It is a core.Service.
type Admin struct {
	url      string
	listener *accept.Listener
	http     *http.Server
}

// New opens the API of server at the place that spec names; an empty URL is
// the DefaultPath. It fails with a *TakenError when a live server is there.
// Connections wait until Serve is called. log gets what goes wrong with
// connections.
func New(spec config.Admin, server Server, log *slog.Logger) (*Admin, error) {
	u, err := address(spec, true)
	if err != nil {
		return nil, err
	}
	a := &Admin{url: u.String()}
	api := &api{server: server, log: log}
	if u.Scheme == "unix" {
		s, err := listenUnix(u.Path)
		if err != nil {
			return nil, err
		}
		a.listener = accept.New(s, maxConns, log)
	} else {
		if spec.Token == "" {
			return nil, fmt.Errorf("admin %s: TCP needs a token; add token: or token_file:, or use unix:///path", u)
		}
		l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", u.Host)
		if err != nil {
			return nil, fmt.Errorf("admin %s: %w; choose another port", u, err)
		}
		bound := l.Addr().(*net.TCPAddr)
		_, port, _ := net.SplitHostPort(bound.String())
		a.url = "http://" + net.JoinHostPort(u.Hostname(), port)
		a.listener = accept.New(l, maxConns, log)
		api.token, api.local, api.host = spec.Token, bound.IP.IsLoopback(), u.Hostname()
	}
	a.http = &http.Server{
		Handler: api.handler(), ReadHeaderTimeout: headerTime, ReadTimeout: bodyTime, IdleTimeout: idleTime,
		MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	return a, nil
}

// address returns the URL of spec, with the default filled in.
func address(spec config.Admin, create bool) (*url.URL, error) {
	if spec.URL == "" {
		path, err := DefaultPath(create)
		if err != nil {
			return nil, err
		}
		return &url.URL{Scheme: "unix", Path: path}, nil
	}
	u, err := url.Parse(spec.URL)
	if err != nil {
		return nil, fmt.Errorf("admin URL: %w", err)
	}
	if u.Scheme != "unix" && u.Scheme != "http" {
		return nil, fmt.Errorf("admin URL %q: write unix:///absolute/path or http://host:port", spec.URL)
	}
	return u, nil
}

// URL returns where the API listens, with the port it got.
func (a *Admin) URL() string { return a.url }

// Serve answers until ctx is done, and lets what runs finish for a moment.
func (a *Admin) Serve(ctx context.Context) error {
	defer context.AfterFunc(ctx, func() {
		end, cancel := context.WithTimeout(context.Background(), drainTime)
		defer cancel()
		if a.http.Shutdown(end) != nil {
			_ = a.http.Close()
		}
	})()
	err := a.http.Serve(a.listener.Releasing())
	if errors.Is(err, http.ErrServerClosed) || ctx.Err() != nil {
		return nil
	}
	return errors.Join(fmt.Errorf("admin %s: %w", a.url, err), a.Close())
}

// Close stops listening, removes the socket and drops all connections. It may
// be called more than once.
func (a *Admin) Close() error {
	return errors.Join(a.http.Close(), a.listener.Close())
}
