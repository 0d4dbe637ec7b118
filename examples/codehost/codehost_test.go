package codehost

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fondaco/fondaco"
	"github.com/fondaco/fondaco/client"
	"github.com/fondaco/fondaco/codec"
	jsoncodec "github.com/fondaco/fondaco/codec/json"
	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/guardian"
	"github.com/fondaco/fondaco/internal/need"
)

func TestMain(m *testing.M) {
	guardian.Main()
	for _, build := range [][]string{{"../../bin/checksum", "./checksum"}, {"../../bin/fondaco", "../../cmd/fondaco"}} {
		if out, err := exec.Command("go", "build", "-o", build[0], build[1]).CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "building %s: %v\n%s", build[1], err, out)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// The repository that the example works on in tests: a small one of its own.
var story = []struct{ author, subject, file, text string }{
	{"Ada", "notes: begin", "notes.md", "# Notes\n\nFirst *thought*.\n"},
	{"Grace", "tool: add and subtract", "tool.py", "def add(a, b):\n    return a + b\n\n\nclass Tool:\n    def sub(self, a, b):\n        return a - b\n"},
	{"Ada", "notes: a second thought", "notes.md", "# Notes\n\nFirst *thought*.\nSecond thought.\n"},
	{"Grace", "tool: in Go", "tool.go", "package tool\n\ntype Tool struct{}\n\nfunc (Tool) Add(a, b int) int { return a + b }\n"},
}

func repository(t *testing.T) string {
	t.Helper()
	need.Program(t, "git", "apt-get install git")
	dir := t.TempDir()
	git := func(args ...string) {
		cmd := exec.Command("git", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	git("init", "-q")
	for _, s := range story {
		if err := os.WriteFile(filepath.Join(dir, s.file), []byte(s.text), 0o644); err != nil {
			t.Fatal(err)
		}
		git("add", "-A")
		who := strings.ToLower(s.author) + "@example.org"
		git("-c", "user.name="+s.author, "-c", "user.email="+who, "commit", "-q", "-m", s.subject)
	}
	return dir
}

// start serves the example's own configuration on free ports, with every
// plugin in dir, and returns a client for each door.
func start(t *testing.T, dir string) map[string]*client.Client {
	t.Helper()
	cfg, err := config.Load("fondaco.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for i := range cfg.Listen {
		u, err := url.Parse(cfg.Listen[i].URL)
		if err != nil {
			t.Fatal(err)
		}
		cfg.Listen[i].URL = u.Scheme + "://127.0.0.1:0"
	}
	for _, m := range cfg.Modules {
		for i := range m.Plugins {
			if m.Plugins[i].Dir != "" {
				m.Plugins[i].Dir = dir
			}
		}
	}
	return serve(t, cfg)
}

// serve serves cfg until the test ends and returns a client for each door.
func serve(t *testing.T, cfg *config.Config) map[string]*client.Client {
	t.Helper()
	cfg.Admin.URL = "none"
	var log bytes.Buffer
	s, err := fondaco.New(cfg, fondaco.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx) }()
	clients := make(map[string]*client.Client)
	for _, raw := range s.Doors() {
		c, err := client.New(raw)
		if err != nil {
			t.Fatal(err)
		}
		clients[strings.Split(raw, ":")[0]] = c
	}
	t.Cleanup(func() {
		for _, c := range clients {
			c.Close()
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Log(log.String())
		}
	})
	return clients
}

// call calls and returns the result as JSON.
func call(c *client.Client, function, args string) (string, error) {
	module, name, _ := strings.Cut(function, ".")
	list, err := codec.Whole(jsoncodec.Codec, []byte(args), core.Limits{})
	if err != nil {
		return "", err
	}
	body, err := c.Call(context.Background(), module, name, list)
	if err != nil {
		return "", err
	}
	out, err := codec.Transcode(nil, body, jsoncodec.Codec, core.ReadOptions{})
	return string(out), err
}

func TestEveryLanguageThroughEveryDoor(t *testing.T) {
	need.Program(t, "perl", "apt-get install perl")
	need.Program(t, "ruby", "apt-get install ruby")
	need.Program(t, "python3", "apt-get install python3")
	need.Program(t, "node", "apt-get install nodejs")
	clients := start(t, repository(t))
	tests := []struct{ language, function, args, want string }{
		{"Perl", "history.commits", `[2]`, `"subject":"tool: in Go"`},
		{"Perl", "history.commits", `[10, "notes.md"]`, `"subject":"notes: begin"`},
		{"Perl", "history.read", `["notes.md", "HEAD~3"]`, "# Notes\n\nFirst *thought*.\n"},
		{"Ruby", "blame.authors", `["notes.md"]`, `{"Ada":4}`},
		{"Ruby", "blame.lines", `["tool.py"]`, `"text":"class Tool:"`},
		{"Python", "source.symbols", `["tool.py"]`, `{"kind":"class","name":"Tool","line":5}`},
		{"Python", "source.symbols", `["tool.go"]`, `{"kind":"func","name":"Add","line":5}`},
		{"Python", "source.highlight", `["def f(): return 'x<y'\n"]`, `<span class="keyword">def</span> f(): <span class="keyword">return</span> <span class="string">&#x27;x&lt;y&#x27;</span>`},
		{"Lua", "diff.stat", `["diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1,2 @@\n-a\n+b\n+c\n"]`, `"added":2`},
		{"Lua asking Perl", "diff.commit", `["HEAD~1"]`, `"file":"notes.md"`},
		{"Lua in front", "markdown.render", `["Plain <text>"]`, "<p>Plain &lt;text&gt;</p>\n"},
		{"Node behind", "markdown.render", `["# Title"]`, "<h1>Title</h1>\n"},
		{"Go", "checksum.file", `["notes.md"]`, "43bd2912c38b8da4a6f7a1fb"},
	}
	for _, tt := range tests {
		for door, c := range clients {
			t.Run(fmt.Sprintf("%s/%s/%s", tt.language, tt.function, door), func(t *testing.T) {
				got, err := call(c, tt.function, tt.args)
				if err != nil {
					t.Fatal(err)
				}
				if !strings.Contains(got, tt.want) && !strings.Contains(got, quote(tt.want)) {
					t.Errorf("got %s\nwant it to contain %s", got, tt.want)
				}
			})
		}
	}
}

// quote returns text as it stands inside a JSON string.
func quote(text string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil {
		return text
	}
	return strings.Trim(strings.TrimSpace(b.String()), `"`)
}

func TestErrorsOfThePlugins(t *testing.T) {
	clients := start(t, repository(t))
	tests := []struct{ needs, function, args, want string }{
		{"perl", "history.read", `["nothing.txt"]`, "nothing.txt"},
		{"perl", "history.diff", `["--output=/tmp/x"]`, "plain name"},
		{"ruby", "blame.lines", `["nothing.txt"]`, "nothing.txt"},
		{"python3", "source.symbols", `["../secret.py"]`, "outside the repository"},
		{"git", "checksum.file", `["../secret"]`, "secret"},
	}
	for _, tt := range tests {
		t.Run(tt.function, func(t *testing.T) {
			need.Program(t, tt.needs, "apt-get install "+tt.needs)
			for _, c := range clients {
				if _, err := call(c, tt.function, tt.args); err == nil || core.AsError(err).Kind != core.KindUser || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("got %v, want a user error about %q", err, tt.want)
				}
			}
		})
	}
}
