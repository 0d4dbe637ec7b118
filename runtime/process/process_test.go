//go:build unix

package process

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fondaco/fondaco/codec/cbor"
	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/guardian"
	"github.com/fondaco/fondaco/internal/need"
	"github.com/fondaco/fondaco/pool"
)

const patience = 30 * time.Second

func TestMain(m *testing.M) {
	guardian.Main()
	if kind := os.Getenv(workerVariable); kind != "" && os.Getenv("FONDACO_SOCKET") != "" {
		os.Exit(runWorker(kind))
	}
	os.Exit(m.Run())
}

func newRuntime(t testing.TB) *Runtime {
	t.Helper()
	g := guardian.New(guardian.Options{})
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := g.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return New(Options{Spawner: g, Grace: 200 * time.Millisecond})
}

// testHost answers what workers ask of the server.
type testHost struct{ core.HandlerFunc }

func (testHost) Wait(_ context.Context, f func() error) error { return f() }

func noHost() core.Host {
	return testHost{func(context.Context, *core.Request) (core.Body, error) { return core.Body{}, core.ErrNoModule }}
}

// begin loads spec and starts one instance.
func begin(t testing.TB, r *Runtime, spec config.Plugin, host core.Host) (pool.Instance, error) {
	t.Helper()
	if spec.Module == "" {
		spec.Module = "kit"
	}
	p, err := r.Load(context.Background(), spec)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = p.Close() })
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	i, err := p.New(ctx, host)
	if err == nil {
		t.Cleanup(func() { _ = i.Close() })
	}
	return i, err
}

func mustBegin(t testing.TB, spec config.Plugin, host core.Host) pool.Instance {
	t.Helper()
	i, err := begin(t, newRuntime(t), spec, host)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// request calls a function of the kit with arguments in CBOR.
func request(function, args string) *core.Request {
	return &core.Request{Module: "kit", Function: function, Args: core.Body{Codec: cbor.Codec, Data: []byte(args), Strict: true}}
}

func kit(extension string) config.Plugin {
	return config.Plugin{File: filepath.Join("..", "..", "conformance", "plugins", "kit"+extension)}
}

func TestPlainFiles(t *testing.T) {
	for _, extension := range []string{".py", ".pl", ".rb", ".js"} {
		t.Run(extension, func(t *testing.T) {
			i, err := begin(t, newRuntime(t), kit(extension), noHost())
			if errors.Is(err, core.ErrUnavailable) {
				need.Missing(t, err.Error())
			}
			if err != nil {
				t.Fatal(err)
			}
			body, err := i.Handle(context.Background(), request("add", "\x82\x01\x02"))
			if err != nil || string(body.Data) != "\x03" || !body.Strict {
				t.Errorf("add: %+v, %v", body, err)
			}
			_, err = i.Handle(context.Background(), request("fail", "\x81\x64oops"))
			if !errors.Is(err, core.ErrUser) || !strings.Contains(err.Error(), "oops") {
				t.Errorf("fail: %v", err)
			}
			_, err = i.Handle(context.Background(), request("die_hard", "\x80"))
			if !errors.Is(err, core.ErrBroken) || !strings.Contains(err.Error(), "exit status 7") {
				t.Errorf("die_hard: %v", err)
			}
			_, err = i.Handle(context.Background(), request("add", "\x82\x01\x02"))
			if !errors.Is(err, core.ErrBroken) || !errors.Is(err, pool.ErrUnsent) {
				t.Errorf("after death: %v", err)
			}
		})
	}
}
