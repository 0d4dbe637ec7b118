package codehost

import (
	"encoding/hex"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/internal/need"
	"github.com/fondaco/fondaco/wire/frame"
)

// TestDocs types what the pages say that bring their own files: a
// configuration, or else plugins to run.
func TestDocs(t *testing.T) {
	for page, programs := range map[string][]string{
		"docs/plugins.md": {"perl", "ruby", "python3", "node", "go"},
		"docs/doors.md":   {"perl", "python3", "curl"},
	} {
		t.Run(filepath.Base(page), func(t *testing.T) {
			for _, name := range programs {
				need.Program(t, name, "make languages")
			}
			typePage(t, page)
		})
	}
}

// typePage saves the files of a page, beside a checkout, and types its
// commands: first those that build, the others on a server of what was saved.
func typePage(t *testing.T, page string) {
	checkout, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	beside := t.TempDir()
	if err := os.Symlink(checkout, filepath.Join(beside, "fondaco")); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(beside, "page")
	files := save(t, page, dir)
	var build, rest []typed
	for _, b := range blocks(t, page) {
		if b.language != "console" {
			continue
		}
		for _, c := range b.commands() {
			switch {
			case strings.HasPrefix(c.command, "fondaco serve"), strings.HasPrefix(c.command, "fondaco run"): // is done here
			case strings.Contains(c.command, "go build"):
				build = append(build, c)
			default:
				rest = append(rest, c)
			}
		}
	}
	if len(files) == 0 || len(rest) == 0 {
		t.Fatalf("%s has the files %q and %d commands", page, files, len(rest))
	}
	for _, c := range build {
		c.run(t, dir, nil)
	}
	clients := serve(t, pageConfig(t, dir, files))
	for _, c := range rest {
		c.run(t, dir, clients)
	}
}

// pageConfig is the configuration among the files in dir, or one for the
// plugins in Python there, with free ports.
func pageConfig(t *testing.T, dir string, files []string) *config.Config {
	t.Helper()
	if slices.Contains(files, "fondaco.yaml") {
		cfg, err := config.Load(filepath.Join(dir, "fondaco.yaml"))
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
		return cfg
	}
	var plugins []string
	for _, name := range files {
		if filepath.Ext(name) == ".py" {
			plugins = append(plugins, filepath.Join(dir, name))
		}
	}
	cfg, err := config.ForFiles(plugins, []string{"bert://127.0.0.1:0", "http://127.0.0.1:0"}, "")
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// TestProtocolBytes compares the frames that docs/protocol.md shows with what
// is sent. Of a line, words follow the bytes after two blanks.
func TestProtocolBytes(t *testing.T) {
	const id = 0x4000
	call := frame.BeginCall(nil, frame.Call, id, "math", "add", frame.Options{})
	call, _ = frame.EndCall(append(call, 0x82, 1, 2), 0, frame.Options{}, frame.DefaultLimit)
	second := frame.BeginCall(nil, frame.Call, 2*id, "math", "add", frame.Options{})
	second, _ = frame.EndCall(append(second, 0x81, 1), 0, frame.Options{}, frame.DefaultLimit)
	want := [][]byte{
		frame.AppendHello(nil, frame.Greeting{Version: frame.Version, Functions: []string{"add"}, Guards: []string{}}),
		call,
		frame.AppendReply(nil, id, []byte{3}),
		second,
		frame.AppendError(nil, 2*id, "user", "TypeError", "two numbers", []string{"math.py:2:in add"}),
	}
	var shown [][]byte
	for _, b := range blocks(t, "docs/protocol.md") {
		if b.language != "hex" {
			continue
		}
		var message []byte
		for line := range strings.Lines(b.text) {
			line, _, _ = strings.Cut(strings.TrimSpace(line), "  ")
			data, err := hex.DecodeString(strings.ReplaceAll(line, " ", ""))
			if err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			message = append(message, data...)
		}
		shown = append(shown, message)
	}
	if !slices.EqualFunc(shown, want, slices.Equal[[]byte]) {
		t.Errorf("docs/protocol.md shows\n%x\nwant\n%x", shown, want)
	}
}
