package client

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fondaco/fondaco/codec/bert"
	"github.com/fondaco/fondaco/codec/json"
	"github.com/fondaco/fondaco/codec/value"
	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/door"
	"github.com/fondaco/fondaco/door/bertrpc"
	"github.com/fondaco/fondaco/door/httpjson"
	"github.com/fondaco/fondaco/wire/berp"
)

// handler answers as the tests need it, by the function's name.
func handler(t *testing.T, casts chan<- string) core.Handler {
	return core.HandlerFunc(func(ctx context.Context, req *core.Request) (core.Body, error) {
		switch req.Function {
		case "echo":
			var args []any
			if err := value.Unmarshal(req.Args, &args); err != nil {
				t.Error(err)
			}
			return value.Marshal(req.Args.Codec, args[0])
		case "note":
			casts <- req.Module + "." + req.Function
			return core.Body{}, nil
		case "hang":
			<-ctx.Done()
			return core.Body{}, core.ErrCanceled
		case "fail":
			return core.Body{}, &core.Error{Kind: core.KindUser, Class: "ValueError", Message: "no good", Backtrace: []string{"a.py:1"}, Code: 7}
		case "busy":
			return core.Body{}, core.NewError(core.KindOverloaded, "1000 calls wait")
		}
		if req.Module == "none" {
			return core.Body{}, core.NewError(core.KindNoModule, "")
		}
		return core.Body{}, core.NewError(core.KindNoFunction, "")
	})
}

// each runs a test against a door of each kind, with kept and fresh
// connections.
func each(t *testing.T, test func(t *testing.T, c *Client, casts <-chan string)) {
	type server interface {
		core.Service
		URL() string
	}
	for _, scheme := range []string{"bert", "http"} {
		for name, opts := range map[string][]Option{"kept": nil, "fresh": {Fresh()}} {
			t.Run(scheme+"/"+name, func(t *testing.T) {
				casts := make(chan string, 1)
				spec := config.DefaultDoor(scheme + "://127.0.0.1:0")
				var d server
				var err error
				if scheme == "bert" {
					d, err = bertrpc.New(spec, handler(t, casts), door.Options{})
				} else {
					d, err = httpjson.New(spec, handler(t, casts), door.Options{})
				}
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithCancel(context.Background())
				done := make(chan error, 1)
				go func() { done <- d.Serve(ctx) }()
				c, err := New(d.URL(), opts...)
				if err != nil {
					t.Fatal(err)
				}
				defer func() {
					c.Close()
					cancel()
					if err := <-done; err != nil {
						t.Error(err)
					}
				}()
				test(t, c, casts)
			})
		}
	}
}

func args(t *testing.T, list ...any) core.Body {
	t.Helper()
	b, err := value.Marshal(bert.Codec, list)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestCall(t *testing.T) {
	each(t, func(t *testing.T, c *Client, _ <-chan string) {
		for _, want := range []any{int64(1), "naïve", nil, []any{1.5, true}, map[string]any{"a": "b"}} {
			body, err := c.Call(t.Context(), "m", "echo", args(t, want))
			if err != nil {
				t.Fatal(err)
			}
			again, err := value.Marshal(body.Codec, want)
			if err != nil || !slices.Equal(again.Data, body.Data) {
				t.Errorf("got %q, want %q (%v)", body.Data, again.Data, err)
			}
		}
	})
}

func TestCast(t *testing.T) {
	each(t, func(t *testing.T, c *Client, casts <-chan string) {
		if err := c.Cast(t.Context(), "m", "note", args(t)); err != nil {
			t.Fatal(err)
		}
		if got := <-casts; got != "m.note" {
			t.Errorf("the server got %s", got)
		}
	})
}

func TestErrors(t *testing.T) {
	each(t, func(t *testing.T, c *Client, _ <-chan string) {
		for _, tc := range []struct {
			module, function string
			want             core.Error
		}{
			{"m", "fail", core.Error{Kind: core.KindUser, Class: "ValueError", Message: "no good", Code: 7}},
			{"m", "busy", core.Error{Kind: core.KindOverloaded, Message: "1000 calls wait"}},
			{"m", "gone", core.Error{Kind: core.KindNoFunction}},
			{"none", "x", core.Error{Kind: core.KindNoModule, Message: "No such module 'none'"}},
		} {
			_, err := c.Call(t.Context(), tc.module, tc.function, args(t))
			var e *core.Error
			if !errors.As(err, &e) || e.Kind != tc.want.Kind || e.Class != tc.want.Class || e.Code != tc.want.Code ||
				tc.want.Message != "" && e.Message != tc.want.Message {
				t.Errorf("%s.%s: got %#v, want %#v", tc.module, tc.function, err, tc.want)
			}
			if tc.function == "fail" && (e == nil || !slices.Equal(e.Backtrace, []string{"a.py:1"})) {
				t.Errorf("backtrace is lost: %#v", e)
			}
		}
	})
}

func TestGivenUp(t *testing.T) {
	each(t, func(t *testing.T, c *Client, _ <-chan string) {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		if _, err := c.Call(ctx, "m", "hang", args(t)); !errors.Is(err, core.ErrTimeout) {
			t.Errorf("got %v, want a timeout", err)
		}
		if _, err := c.Call(t.Context(), "m", "echo", args(t, 1)); err != nil {
			t.Errorf("the next call fails: %v", err)
		}
	})
}

// TestUnsendableArguments has the first request of a connection fail before
// anything of it is sent.
func TestUnsendableArguments(t *testing.T) {
	each(t, func(t *testing.T, c *Client, _ <-chan string) {
		bad := core.Body{Codec: json.Codec, Data: []byte("[1")}
		if _, err := c.Call(t.Context(), "m", "echo", bad); !errors.Is(err, core.ErrProtocol) {
			t.Errorf("half a list: got %v", err)
		}
		for range 3 {
			if _, err := c.Call(t.Context(), "m", "echo", args(t, 1)); err != nil {
				t.Errorf("a call after it fails: %v", err)
			}
		}
	})
}

func TestTooLateToConnect(t *testing.T) {
	each(t, func(t *testing.T, c *Client, _ <-chan string) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
		defer cancel()
		if _, err := c.Call(ctx, "m", "echo", args(t, 1)); !errors.Is(err, core.ErrTimeout) {
			t.Errorf("got %v, want a timeout", err)
		}
	})
}

func TestNobodyThere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	for _, scheme := range []string{"bert://", "http://"} {
		c, err := New(scheme + l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Call(t.Context(), "m", "f", args(t)); !errors.Is(err, core.ErrUnavailable) {
			t.Errorf("%s: got %v, want unavailable", scheme, err)
		} else if !errors.Is(err, syscall.ECONNREFUSED) || strings.Contains(err.Error(), "dial") {
			t.Errorf("%s: %v is not told in our words, or its cause is lost", scheme, err)
		}
	}
	for _, bad := range []string{"", "bert://x", "smtp://x:1", "bert://x:1/path", "x:1", "bert://x:99999", "http://x:0"} {
		if _, err := New(bad); err == nil {
			t.Errorf("%q is taken for a door's URL", bad)
		}
	}
}

// doors are a BERT-RPC and an HTTP door that answer until the test ends.
func doors(t *testing.T) (bert, http string) {
	t.Helper()
	b, err := bertrpc.New(config.DefaultDoor("bert://127.0.0.1:0"), handler(t, nil), door.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h, err := httpjson.New(config.DefaultDoor("http://127.0.0.1:0"), handler(t, nil), door.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 2)
	for _, d := range []core.Service{b, h} {
		go func() { done <- d.Serve(ctx) }()
	}
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-done, <-done); err != nil {
			t.Error(err)
		}
	})
	return b.URL(), h.URL()
}

func TestWrongProtocol(t *testing.T) {
	bertURL, httpURL := doors(t)
	_, bertHost, _ := strings.Cut(bertURL, "://")
	_, httpHost, _ := strings.Cut(httpURL, "://")
	for url, want := range map[string]string{"bert://" + httpHost: httpURL, "http://" + bertHost: bertURL} {
		c, err := New(url)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_, err = c.Call(t.Context(), "m", "echo", args(t, 1))
		var none *NoReplyError
		if !errors.Is(err, core.ErrProtocol) || !errors.As(err, &none) || !strings.Contains(err.Error(), "write "+want) {
			t.Errorf("%s: got %v, want to be told of %s", url, err, want)
		}
	}
}

func TestBadReplies(t *testing.T) {
	for name, reply := range map[string]string{
		"nothing":       "",
		"half a header": "\x00\x00",
		"half a body":   "\x00\x00\x00\x09\x83\x68",
		"4 GiB":         "\xff\xff\xff\xff",
		"empty":         "\x00\x00\x00\x00",
		"no magic":      "\x00\x00\x00\x01x",
		"no envelope":   "\x00\x00\x00\x02\x83\x6a",
		"unknown word":  "\x00\x00\x00\x08\x83\x68\x01\x64\x00\x02xx",
		"no term":       "\x00\x00\x00\x0b\x83\x68\x02\x64\x00\x05reply",
		"short error":   "\x00\x00\x00\x0c\x83\x68\x02\x64\x00\x05error\x6a",
	} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			go func() {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				defer conn.Close()
				_, _ = io.ReadFull(conn, make([]byte, len(keepAlive)+berp.HeadSize))
				_, _ = io.WriteString(conn, reply)
				_ = conn.(*net.TCPConn).CloseWrite()
				_, _ = io.Copy(io.Discard, conn)
			}()
			c, err := New("bert://" + l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			_, err = c.Call(t.Context(), "m", "f", args(t))
			if !errors.Is(err, core.ErrBroken) && !errors.Is(err, core.ErrProtocol) {
				t.Errorf("got %v, want broken or protocol", err)
			}
		})
	}
}
