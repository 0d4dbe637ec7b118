package codehost

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fondaco/fondaco/client"
	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/internal/need"
)

// console returns the commands of the README's console block that holds mark.
func console(t *testing.T, mark string) []typed {
	t.Helper()
	for _, b := range blocks(t, "README.md") {
		if b.language == "console" && strings.Contains(b.text, mark) {
			return b.commands()
		}
	}
	t.Fatalf("the README has no console block with %q", mark)
	return nil
}

// TestReadme types what the README says for the quickstart server, on this
// repository itself.
func TestReadme(t *testing.T) {
	for _, language := range []string{"perl", "ruby", "python3", "node", "curl"} {
		need.Program(t, language, "make languages")
	}
	if _, err := os.Stat(filepath.Join(root, ".git")); err != nil {
		need.Missing(t, "this is no git checkout")
	}
	dir, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	typeAll(t, dir, start(t, dir), "checksum.file")
}

// TestReadmeFirstPlugin does the same for the plugin that the README writes.
func TestReadmeFirstPlugin(t *testing.T) {
	need.Program(t, "python3", "make languages")
	need.Program(t, "curl", "make languages")
	dir := t.TempDir()
	files := save(t, "README.md", dir)
	if !slices.Contains(files, "greet.py") {
		t.Fatalf("the README has the files %q, no greet.py", files)
	}
	cfg, err := config.ForFiles([]string{filepath.Join(dir, "greet.py")}, []string{"bert://127.0.0.1:0", "http://127.0.0.1:0"}, "")
	if err != nil {
		t.Fatal(err)
	}
	at, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	typeAll(t, at, serve(t, cfg), "greet.hello Ada")
}

// typeAll types the commands of the console block that holds mark, on the
// doors of clients instead of the usual ports.
func typeAll(t *testing.T, dir string, clients map[string]*client.Client, mark string) {
	t.Helper()
	for _, c := range console(t, mark) {
		if strings.Contains(c.command, " stats") {
			continue // needs an admin socket; the command line's own tests have it
		}
		c.run(t, dir, clients)
	}
}
