package httpjson_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/conformance/doortest"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/door"
	"github.com/fondaco/fondaco/door/httpjson"
)

func newDoor(spec config.Door, h core.Handler, opts door.Options) (doortest.Door, error) {
	d, err := httpjson.New(spec, h, opts)
	if err != nil {
		return nil, err
	}
	return d, nil
}

func TestDoor(t *testing.T) {
	kits := map[string]func(string) (doortest.Client, error){
		"plain": func(url string) (doortest.Client, error) { return &plain{dial(url)}, nil },
		"rpc":   func(url string) (doortest.Client, error) { return &rpc{dial(url)}, nil },
	}
	for name, dial := range kits {
		t.Run(name, func(t *testing.T) {
			doortest.Run(t, doortest.Kit{
				URL:  "http://127.0.0.1:0",
				New:  newDoor,
				Dial: dial,
				Half: []byte("POST / HTTP/1.1\r\nHo"),
				Garbage: map[string][]byte{
					"no HTTP":           []byte("\x00\x00\x00\x05\x83hell\r\n\r\n"),
					"a header too long": []byte("POST / HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", 80<<10) + "\r\n\r\n"),
					"a bad length":      []byte("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"),
					"a huge length":     []byte("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9223372036854775807\r\n\r\n["),
					"a huge chunk":      []byte("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n["),
					"half a body":       []byte("POST /m/f HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n[1"),
				},
			})
		})
	}
}

// client is one connection; speak makes a call on it.
type client struct {
	url  string
	http *http.Client
	ctx  context.Context
	stop context.CancelFunc
}

func dial(url string) client {
	ctx, stop := context.WithCancel(context.Background())
	return client{url, &http.Client{Transport: &http.Transport{}}, ctx, stop}
}

// Close ends the connection, also in the middle of a call.
func (c *client) Close() error {
	c.stop()
	c.http.CloseIdleConnections()
	return nil
}

func (c *client) post(path string, body any) (int, []byte, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return 0, nil, err
	}
	r, err := http.NewRequestWithContext(c.ctx, http.MethodPost, c.url+path, bytes.NewReader(text))
	if err != nil {
		return 0, nil, err
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	return resp.StatusCode, answer, err
}

// plain calls POST /module/function.
type plain struct{ client }

func (c *plain) Call(module, function, text string) (answer, kind string, err error) {
	var problem struct{ Kind string }
	status, body, err := c.post("/"+module+"/"+function, []string{text})
	switch {
	case err != nil:
		return "", "", err
	case status == http.StatusOK:
		err = json.Unmarshal(body, &answer)
		return answer, "", err
	}
	err = json.Unmarshal(body, &problem)
	return "", problem.Kind, err
}

// rpc calls by JSON-RPC.
type rpc struct{ client }

func (c *rpc) Call(module, function, text string) (answer, kind string, err error) {
	_, body, err := c.post("/", map[string]any{"jsonrpc": "2.0", "method": module + "." + function, "params": []string{text}, "id": 1})
	if err != nil {
		return "", "", err
	}
	var response struct {
		Result string
		Error  struct{ Data struct{ Kind string } }
	}
	err = json.Unmarshal(body, &response)
	return response.Result, response.Error.Data.Kind, err
}
