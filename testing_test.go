package fondaco_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fondaco/fondaco"
	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/guardian"
)

func TestMain(m *testing.M) {
	guardian.Main()
	if file := os.Getenv("FONDACO_TEST_HOST"); file != "" {
		os.Exit(serveAlone(file))
	}
	os.Exit(m.Run())
}

// serveAlone is the test binary as a server of its own, which a test can kill.
// It prints its door's URL.
func serveAlone(file string) int {
	cfg, err := config.Load(file)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	s, err := fondaco.New(cfg)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	go func() {
		<-s.Ready()
		fmt.Println(s.Doors()[0])
	}()
	if err := s.Serve(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// server is a running server with an HTTP door.
type server struct {
	*fondaco.Server
	url string
	log *syncBuffer
}

// serve runs a server with the given modules (YAML, indented by two) until the
// test ends. Files are plugins written beside the configuration.
func serve(t *testing.T, modules string, files map[string]string) *server {
	t.Helper()
	cfg := load(t, modules, files)
	log := &syncBuffer{}
	s, err := fondaco.New(cfg, fondaco.WithLogger(slog.New(slog.NewTextHandler(log, nil))))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	ctx, cancel := context.WithCancel(context.Background())
	go func() { done <- s.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
		if t.Failed() {
			t.Log(log.String())
		}
	})
	<-s.Ready()
	return &server{s, s.Doors()[0], log}
}

// load writes a configuration file and reads it.
func load(t *testing.T, modules string, files map[string]string) *config.Config {
	t.Helper()
	cfg, err := config.Load(write(t, modules, files))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func write(t *testing.T, modules string, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	text := "admin: unix://" + filepath.Join(dir, "admin.sock") + "\nlisten: [\"http://127.0.0.1:0\", \"bert://127.0.0.1:0\"]\nmodules:\n" + modules
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(dir, "fondaco.yaml")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// answer is what an HTTP call came back with.
type answer struct {
	status int
	body   string
	header http.Header
}

// call posts args (JSON) to module/function.
func call(url, function, args string) (answer, error) {
	r, err := http.Post(url+"/"+function, "application/json", strings.NewReader(args))
	if err != nil {
		return answer{}, err
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	return answer{r.StatusCode, strings.TrimSpace(string(body)), r.Header}, err
}

// want calls and compares status and body; a body "~text" must contain text.
func (s *server) want(t *testing.T, function, args string, status int, body string) answer {
	t.Helper()
	got, err := call(s.url, function, args)
	if err != nil {
		t.Fatal(err)
	}
	part, contains := strings.CutPrefix(body, "~")
	if got.status != status || contains && !strings.Contains(got.body, part) || !contains && got.body != body {
		t.Fatalf("%s%s: got %d %s, want %d %s", function, args, got.status, got.body, status, body)
	}
	return got
}

// instances returns the pids of the module's first plugin.
func (s *server) instances(module string) []int {
	var pids []int
	for _, m := range s.Modules() {
		if m.Module == module && len(m.Plugins) > 0 {
			for _, in := range m.Plugins[0].Instances {
				pids = append(pids, in.Pid)
			}
		}
	}
	return pids
}

func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for limit := time.Now().Add(30 * time.Second); !cond(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("timed out waiting until %s", what)
		}
	}
}

// alive reports whether there is a process pid, on Linux one that is not a
// zombie.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return runtime.GOOS != "linux"
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(rest, "Z") && !strings.HasPrefix(rest, "X")
}

// problem reads a problem+json body.
func problem(t *testing.T, a answer) map[string]any {
	t.Helper()
	var p map[string]any
	if err := json.Unmarshal([]byte(a.body), &p); err != nil {
		t.Fatalf("%s: %v", a.body, err)
	}
	return p
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
