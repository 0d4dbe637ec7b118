package admin

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/wire/problem"
)

// fakeServer has one module, math, and notes what it is told.
type fakeServer struct {
	mu     sync.Mutex
	told   []string
	ready  bool
	halted chan struct{}
}

func newFake() *fakeServer { return &fakeServer{halted: make(chan struct{}), ready: true} }

func (f *fakeServer) note(what, name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.told = append(f.told, what)
	if name != "math" {
		return core.NewError(core.KindNoModule, "there is no module "+name)
	}
	return nil
}

func (f *fakeServer) Modules() []ModuleInfo {
	return []ModuleInfo{{Module: "math", Enabled: true, Generation: 2, Plugins: []PluginInfo{{Plugin: "math.lua", State: "idle"}}}}
}

func (f *fakeServer) Reload(_ context.Context, name string) error {
	return f.note("reload "+name, name)
}

func (f *fakeServer) SetEnabled(_ context.Context, name string, on bool, who string) error {
	return f.note(map[bool]string{true: "enable ", false: "disable "}[on]+name+" by "+who, name)
}

func (f *fakeServer) Info() ServerInfo {
	f.mu.Lock()
	defer f.mu.Unlock()
	return ServerInfo{Pid: os.Getpid(), Version: "test", Ready: f.ready}
}

func (f *fakeServer) ReloadConfig(context.Context) error {
	_ = f.note("config", "math")
	return errors.New("fondaco.yaml:1:1: bad; mend it")
}

func (f *fakeServer) Halt() { close(f.halted) }

var quiet = slog.New(slog.DiscardHandler)

// start serves the API until the test ends.
func start(t *testing.T, spec config.Admin, server Server) *Admin {
	t.Helper()
	a, err := New(spec, server, quiet)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return a
}

func client(t *testing.T, spec config.Admin) *Client {
	t.Helper()
	c, err := NewClient(spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestUnix(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	fake := newFake()
	a := start(t, config.Admin{URL: "unix://" + path}, fake)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("socket is %v (%v), want mode 0600", info, err)
	}
	c, ctx := client(t, config.Admin{URL: a.URL()}), t.Context()
	mods, err := c.Modules(ctx)
	if err != nil || len(mods) != 1 || mods[0].Generation != 2 || mods[0].Plugins[0].Instances == nil {
		t.Errorf("modules are %+v (%v)", mods, err)
	}
	if s, err := c.Stats(ctx); err != nil || s.Server.Pid != os.Getpid() || len(s.Modules) != 1 || s.Server.Doors == nil {
		t.Errorf("stats are %+v (%v)", s, err)
	}
	if m, err := c.Reload(ctx, "math"); err != nil || m.Module != "math" {
		t.Errorf("reload gives %+v (%v)", m, err)
	}
	if _, err = c.SetEnabled(ctx, "math", false, "rick & co"); err != nil {
		t.Error(err)
	}
	if _, err = c.SetEnabled(ctx, "math", true, ""); err != nil {
		t.Error(err)
	}
	if _, err = c.Reload(ctx, "a/b"); !errors.Is(err, core.ErrNoModule) || err.Error() != "no_module: there is no module a/b" {
		t.Errorf("reload of a/b: %v", err)
	}
	if _, err = c.ReloadConfig(ctx); err == nil || !strings.Contains(err.Error(), "fondaco.yaml:1:1: bad; mend it") {
		t.Errorf("reload: %v", err)
	}
	want := "reload math|disable math by rick & co|enable math by the admin API|reload a/b|config"
	if got := strings.Join(fake.told, "|"); got != want {
		t.Errorf("the server was told %s, want %s", got, want)
	}
	if err := c.Halt(ctx); err != nil {
		t.Error(err)
	}
	<-fake.halted
}

func TestSocketGoes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	a, err := New(config.Admin{URL: "unix://" + path}, newFake(), quiet)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	if err := a.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	_, err = client(t, config.Admin{URL: a.URL()}).Info(t.Context())
	if !errors.Is(err, core.ErrUnavailable) || !strings.Contains(err.Error(), "no server answers at unix://"+path) {
		t.Errorf("client says %v", err)
	}
}

func TestLiveSocketIsNotTaken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	a := start(t, config.Admin{URL: "unix://" + path}, newFake())
	_, err := New(config.Admin{URL: "unix://" + path}, newFake(), quiet)
	var taken *TakenError
	if !errors.As(err, &taken) || runtime.GOOS == "linux" && taken.Pid != os.Getpid() {
		t.Fatalf("got %v, want a TakenError", err)
	}
	if _, err := client(t, config.Admin{URL: a.URL()}).Info(t.Context()); err != nil {
		t.Errorf("the live server lost its socket: %v", err)
	}
}

func TestStaleSocketIsTaken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false)
	dead.Close()
	const rivals = 8
	got := make(chan error, rivals)
	for range rivals {
		go func() {
			a, err := New(config.Admin{URL: "unix://" + path}, newFake(), quiet)
			if err == nil {
				t.Cleanup(func() { a.Close() })
			}
			got <- err
		}()
	}
	won := 0
	for range rivals {
		var taken *TakenError
		if err := <-got; err == nil {
			won++
		} else if !errors.As(err, &taken) {
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d of %d rivals took the socket, want 1", won, rivals)
	}
}

func TestFileIsNotRemoved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(config.Admin{URL: "unix://" + path}, newFake(), quiet); err == nil {
		t.Fatal("a plain file was taken over")
	}
	if data, _ := os.ReadFile(path); string(data) != "precious" {
		t.Errorf("the file holds %q", data)
	}
}

func TestSocketOfAnotherIsNotRemoved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	first, err := New(config.Admin{URL: "unix://" + path}, newFake(), quiet)
	if err != nil {
		t.Fatal(err)
	}
	os.Remove(path)
	start(t, config.Admin{URL: "unix://" + path}, newFake())
	first.Close()
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

func TestDefaultPath(t *testing.T) {
	run, tmp := t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", tmp)
	t.Setenv("XDG_RUNTIME_DIR", run)
	if got, err := DefaultPath(true); err != nil || got != filepath.Join(run, "fondaco.sock") {
		t.Errorf("got %s (%v)", got, err)
	}
	t.Setenv("XDG_RUNTIME_DIR", "")
	if _, err := DefaultPath(false); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(tmp); len(left) != 0 {
		t.Errorf("a client made %v", left)
	}
	got, err := DefaultPath(true)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(got)
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("folder is %v (%v)", info, err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := DefaultPath(true); err == nil {
		t.Error("a folder that others can read was taken")
	}
	os.Remove(dir)
	if err := os.Symlink(run, dir); err != nil {
		t.Fatal(err)
	}
	if _, err := DefaultPath(true); err == nil {
		t.Error("a symbolic link was taken")
	}
}

func TestTCPGuards(t *testing.T) {
	fake := newFake()
	a := start(t, config.Admin{URL: "http://127.0.0.1:0", Token: "s3cret"}, fake)
	const bearer = "Bearer s3cret"
	for name, tc := range map[string]struct {
		method, path, kind string
		header             map[string]string
		status             int
	}{
		"well":            {"GET", "/v1/modules", "", map[string]string{"Authorization": bearer}, 200},
		"no token":        {"GET", "/v1/modules", "denied", nil, 401},
		"wrong token":     {"GET", "/v1/modules", "denied", map[string]string{"Authorization": "Bearer s3cre"}, 401},
		"no bearer":       {"GET", "/v1/modules", "denied", map[string]string{"Authorization": "Basic s3cret"}, 401},
		"hidden":          {"GET", "/v1/nothing", "denied", nil, 401},
		"nothing":         {"GET", "/v1/nothing", "no_function", map[string]string{"Authorization": bearer}, 404},
		"method":          {"GET", "/v1/halt", "protocol", map[string]string{"Authorization": bearer}, 405},
		"health":          {"GET", "/healthz", "", nil, 200},
		"readiness":       {"GET", "/readyz", "", nil, 200},
		"other host":      {"GET", "/healthz", "denied", map[string]string{"Host": "evil.example:80"}, 403},
		"localhost":       {"GET", "/healthz", "", map[string]string{"Host": "localhost:80"}, 200},
		"loopback 6":      {"GET", "/healthz", "", map[string]string{"Host": "[::1]:80"}, 200},
		"other origin":    {"POST", "/v1/halt", "denied", map[string]string{"Authorization": bearer, "Origin": "http://evil.example"}, 403},
		"null origin":     {"POST", "/v1/halt", "denied", map[string]string{"Authorization": bearer, "Origin": "null"}, 403},
		"cross site":      {"POST", "/v1/halt", "denied", map[string]string{"Authorization": bearer, "Sec-Fetch-Site": "cross-site"}, 403},
		"same origin":     {"GET", "/v1/server", "", map[string]string{"Authorization": bearer, "Sec-Fetch-Site": "same-origin", "Origin": a.URL()}, 200},
		"unknown module":  {"POST", "/v1/modules/x/reload", "no_module", map[string]string{"Authorization": bearer}, 404},
		"errors have one": {"POST", "/v1/reload", "user", map[string]string{"Authorization": bearer}, 500},
	} {
		t.Run(name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), tc.method, a.URL()+tc.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			for k, v := range tc.header {
				req.Header.Set(k, v)
			}
			if h := tc.header["Host"]; h != "" {
				req.Host = h
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			data, _ := io.ReadAll(resp.Body)
			var p problem.Problem
			if err := json.Unmarshal(data, &p); resp.StatusCode >= 300 && (err != nil || p.Detail == "") {
				t.Errorf("no problem in %s", data)
			}
			if resp.StatusCode != tc.status || p.Kind != tc.kind {
				t.Errorf("got %d %q, want %d %q", resp.StatusCode, p.Kind, tc.status, tc.kind)
			}
		})
	}
	select {
	case <-fake.halted:
		t.Error("a refused request halted the server")
	default:
	}
}

func TestNotReady(t *testing.T) {
	fake := newFake()
	fake.ready = false
	a := start(t, config.Admin{URL: "http://127.0.0.1:0", Token: "t"}, fake)
	resp, err := http.Get(a.URL() + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 503 {
		t.Errorf("got %d, want 503", resp.StatusCode)
	}
}

func TestTokenIsRequired(t *testing.T) {
	if _, err := New(config.Admin{URL: "http://127.0.0.1:0"}, newFake(), quiet); err == nil {
		t.Error("TCP without a token was opened")
	}
	a := start(t, config.Admin{URL: "http://127.0.0.1:0", Token: "t"}, newFake())
	if _, err := client(t, config.Admin{URL: a.URL()}).Info(t.Context()); !errors.Is(err, core.ErrDenied) {
		t.Errorf("client without token: %v", err)
	}
	if _, err := client(t, config.Admin{URL: a.URL(), Token: "t"}).Info(t.Context()); err != nil {
		t.Errorf("client with token: %v", err)
	}
}

func TestConnectionsAreBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	start(t, config.Admin{URL: "unix://" + path}, newFake())
	conns := make([]net.Conn, maxConns)
	for i := range conns {
		c, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		conns[i] = c
		if _, err := io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
	}
	got := make(chan error, 1)
	go func() {
		_, err := client(t, config.Admin{URL: "unix://" + path}).Info(context.Background())
		got <- err
	}()
	conns[0].Close()
	select {
	case err := <-got:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(30 * time.Second):
		t.Error("no connection is accepted after one was closed")
	}
}

func TestLockedFolder(t *testing.T) {
	dir := t.TempDir()
	f, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	got := make(chan error, 1)
	go func() {
		unlock, err := lockFolder(dir)
		if err == nil {
			unlock()
		}
		got <- err
	}()
	f.Close()
	if err := <-got; err != nil {
		t.Error(err)
	}
}
