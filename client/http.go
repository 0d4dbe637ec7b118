package client

import (
	"bytes"
	"context"
	stdjson "encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/fondaco/fondaco/codec"
	"github.com/fondaco/fondaco/codec/json"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/wire/problem"
)

// httpWire posts JSON.
type httpWire struct {
	base, where string
	http        *http.Client
}

func newHTTP(where, host string, fresh bool) *httpWire {
	dialer := net.Dialer{Timeout: connectTime}
	return &httpWire{base: "http://" + host + "/", where: where, http: &http.Client{Transport: &http.Transport{
		DialContext: dialer.DialContext, DisableKeepAlives: fresh, MaxIdleConnsPerHost: 64,
	}}}
}

func (h *httpWire) close() error {
	h.http.CloseIdleConnections()
	return nil
}

func (h *httpWire) call(ctx context.Context, module, function string, args core.Body) (core.Body, error) {
	body, err := codec.Transcode(nil, args, json.Codec, core.ReadOptions{Limits: limits})
	if err != nil {
		return core.Body{}, err
	}
	status, data, err := h.post(ctx, h.base+url.PathEscape(module)+"/"+url.PathEscape(function), body)
	switch {
	case err != nil:
		return core.Body{}, err
	case status != http.StatusOK:
		return core.Body{}, h.refused(status, data)
	}
	return codec.Whole(json.Codec, bytes.TrimSpace(data), limits)
}

// cast sends a JSON-RPC notification.
func (h *httpWire) cast(ctx context.Context, module, function string, args core.Body) error {
	body := []byte(`{"jsonrpc":"2.0","method":`)
	method, err := stdjson.Marshal(module + "." + function)
	if err != nil {
		return err
	}
	body = append(append(body, method...), `,"params":`...)
	if body, err = codec.Transcode(body, args, json.Codec, core.ReadOptions{Limits: limits}); err != nil {
		return err
	}
	status, data, err := h.post(ctx, h.base, append(body, '}'))
	if err == nil && status >= 300 {
		err = h.refused(status, data)
	}
	return err
}

func (h *httpWire) post(ctx context.Context, where string, body []byte) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, where, bytes.NewReader(body))
	if err != nil {
		return 0, nil, fmt.Errorf("%s: %w", where, err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := h.http.Do(req)
	if err != nil {
		if e, ok := err.(*url.Error); ok {
			err = e.Err
		}
		// net/http has no error value for an answer that is not HTTP.
		if strings.Contains(err.Error(), "malformed HTTP") {
			return 0, nil, noReply(core.KindProtocol, err, "%s does not speak HTTP; if it is a BERT-RPC door, write bert://%s", h.where, req.URL.Host)
		}
		if op, ok := err.(*net.OpError); ok && op.Op == "dial" {
			return 0, nil, unreachable(ctx, h.where, err)
		}
		return 0, nil, lost(ctx, h.where, err)
	}
	defer func() { _ = resp.Body.Close() }() // it was read
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxReply+1))
	if err != nil {
		return 0, nil, lost(ctx, h.where, err)
	}
	if len(data) > maxReply {
		return 0, nil, unreadable(h.where, fmt.Sprintf("with more than %d bytes", maxReply))
	}
	return resp.StatusCode, data, nil
}

// refused turns an answer that is an error into the error it tells.
func (h *httpWire) refused(status int, data []byte) error {
	if e, ok := problem.Parse(data); ok {
		return e
	}
	return unreadable(h.where, fmt.Sprintf("with status %d", status))
}
