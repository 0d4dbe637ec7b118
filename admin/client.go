package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/wire/problem"
)

// maxAnswer bounds what a client reads of one answer.
const maxAnswer = 64 << 20

// connectTime bounds how long a client waits for the server's door to open.
const connectTime = 5 * time.Second

// Client steers a running server. It is safe for concurrent use. What the
// server refuses comes back as a *core.Error; no server there is
// core.ErrUnavailable.
type Client struct {
	where string // for messages
	base  string
	token string
	http  *http.Client
}

// NewClient returns a client of the server whose API is at the place that spec
// names; an empty URL is the DefaultPath. Nothing is sent yet.
func NewClient(spec config.Admin) (*Client, error) {
	if spec.URL == "none" {
		return nil, core.NewError(core.KindUnavailable, "the server has no admin API (admin: none)")
	}
	u, err := address(spec, false)
	if err != nil {
		return nil, err
	}
	c := &Client{where: u.String(), base: "http://" + u.Host, token: spec.Token}
	dialer := net.Dialer{Timeout: connectTime}
	transport := &http.Transport{MaxIdleConnsPerHost: 2, IdleConnTimeout: idleTime, DialContext: dialer.DialContext}
	if u.Scheme == "unix" {
		c.base = "http://localhost"
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, "unix", u.Path)
		}
	}
	c.http = &http.Client{Transport: transport}
	return c, nil
}

// Where returns the API's URL.
func (c *Client) Where() string { return c.where }

// Close drops idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Modules tells what every module does.
func (c *Client) Modules(ctx context.Context) ([]ModuleInfo, error) {
	var list []ModuleInfo
	err := c.do(ctx, http.MethodGet, "/v1/modules", &list)
	return list, err
}

// Info tells who the server is and where it listens.
func (c *Client) Info(ctx context.Context) (ServerInfo, error) {
	var info ServerInfo
	err := c.do(ctx, http.MethodGet, "/v1/server", &info)
	return info, err
}

// Stats tells all there is to know.
func (c *Client) Stats(ctx context.Context) (Stats, error) {
	var s Stats
	err := c.do(ctx, http.MethodGet, "/v1/stats", &s)
	return s, err
}

// Reload loads a module's plugins again, and returns how the module is then.
func (c *Client) Reload(ctx context.Context, module string) (ModuleInfo, error) {
	var m ModuleInfo
	err := c.do(ctx, http.MethodPost, "/v1/modules/"+url.PathEscape(module)+"/reload", &m)
	return m, err
}

// ReloadConfig has the server read its configuration file again.
func (c *Client) ReloadConfig(ctx context.Context) ([]ModuleInfo, error) {
	var list []ModuleInfo
	err := c.do(ctx, http.MethodPost, "/v1/reload", &list)
	return list, err
}

// SetEnabled puts a module in service or takes it out; by is told to the
// callers of a disabled module.
func (c *Client) SetEnabled(ctx context.Context, module string, enabled bool, by string) (ModuleInfo, error) {
	word := "disable"
	if enabled {
		word = "enable"
	}
	var m ModuleInfo
	err := c.do(ctx, http.MethodPost, "/v1/modules/"+url.PathEscape(module)+"/"+word+"?by="+url.QueryEscape(by), &m)
	return m, err
}

// Halt has the server drain and end. It returns when the server has begun.
func (c *Client) Halt(ctx context.Context) error {
	var s status
	return c.do(ctx, http.MethodPost, "/v1/halt", &s)
}

// do makes one request and reads its answer into v.
func (c *Client) do(ctx context.Context, method, path string, v any) error {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, nil)
	if err != nil {
		return fmt.Errorf("admin %s: %w", c.where, err)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return c.unreachable(err)
	}
	defer func() { _ = resp.Body.Close() }() // it was read
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return c.unreachable(err)
	}
	if resp.StatusCode >= 300 {
		return c.refused(resp.StatusCode, data)
	}
	if err := json.Unmarshal(data, v); err != nil {
		return &core.Error{Kind: core.KindProtocol, Message: "admin " + c.where + " answers with something else than JSON", Err: err}
	}
	return nil
}

func (c *Client) unreachable(err error) error {
	if e, ok := err.(*url.Error); ok {
		err = e.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return &core.Error{Kind: core.KindTimeout, Message: "no answer from " + c.where + " in time", Err: err}
	}
	return &core.Error{Kind: core.KindUnavailable, Err: err,
		Message: "no server answers at " + c.where + "; start one with fondaco run or serve, or name it with --admin URL or -c FILE"}
}

// refused turns an error answer into an error.
func (c *Client) refused(code int, data []byte) error {
	if e, ok := problem.Parse(data); ok {
		return e
	}
	return core.NewError(core.KindProtocol, fmt.Sprintf("admin %s answers %d; is it a Fondaco server?", c.where, code))
}
