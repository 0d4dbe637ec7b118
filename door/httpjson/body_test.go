package httpjson_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/door"
	"github.com/fondaco/fondaco/door/httpjson"
)

// nobody is a handler that no request reaches.
type nobody struct{}

func (nobody) Handle(context.Context, *core.Request) (core.Body, error) {
	return core.Body{}, core.ErrNoModule
}

// serve runs a door with the limit 4096 until the test ends, and returns its
// address.
func serve(t *testing.T) string {
	t.Helper()
	spec := config.DefaultDoor("http://127.0.0.1:0")
	spec.MaxMessage = 4096
	d, err := httpjson.New(spec, nobody{}, door.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return strings.TrimPrefix(d.URL(), "http://")
}

// TestTooLongForTheSocket sends a body that is too long for the door and for
// the buffers of the connection, by a client that reads only afterwards.
func TestTooLongForTheSocket(t *testing.T) {
	const size = 32 << 20
	body := bytes.Repeat([]byte("x"), size)
	for name, header := range map[string]string{
		"length": fmt.Sprintf("Content-Length: %d\r\n\r\n", size),
		"chunks": fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n", size),
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", serve(t))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
			if _, err := io.WriteString(conn, "POST /m/f HTTP/1.1\r\nHost: x\r\n"+header); err != nil {
				t.Fatal(err)
			}
			if _, err := conn.Write(body); err != nil {
				t.Fatalf("the body was not read: %v", err)
			}
			if name == "chunks" {
				_, _ = io.WriteString(conn, "\r\n0\r\n\r\n")
			}
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if text, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != http.StatusRequestEntityTooLarge || !resp.Close ||
				!strings.Contains(string(text), "longer than 4096 bytes") {
				t.Errorf("got %s, %q, %v, want 413 and the end of the connection", resp.Status, text, err)
			}
		})
	}
}
