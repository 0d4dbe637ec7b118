package codehost

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fondaco/fondaco/client"
	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/internal/need"
)

const root = "../.."

// typed is one command of the README and what it is shown to print; "" when
// nothing is shown.
type typed struct{ command, prints string }

// console returns the commands of the README's console block that holds mark.
func console(t *testing.T, mark string) []typed {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for block := range strings.SplitSeq(string(text), "```console\n") {
		block, _, _ = strings.Cut(block, "```")
		if !strings.Contains(block, mark) {
			continue
		}
		var all []typed
		for line := range strings.Lines(block) {
			if command, ok := strings.CutPrefix(line, "$ "); ok {
				all = append(all, typed{command: strings.TrimSpace(command)})
			} else if n := len(all); n > 0 {
				all[n-1].prints += line
			}
		}
		return all
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
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, plugin, found := strings.Cut(string(text), "```python\n# greet.py\n")
	if !found {
		t.Fatal("the README has no greet.py")
	}
	plugin, _, _ = strings.Cut(plugin, "```")
	file := filepath.Join(t.TempDir(), "greet.py")
	if err := os.WriteFile(file, []byte(plugin), 0o644); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.ForFiles([]string{file}, []string{"bert://127.0.0.1:0", "http://127.0.0.1:0"}, "")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	typeAll(t, dir, serve(t, cfg), "greet.hello Ada")
}

// typeAll types the commands of the console block that holds mark, on the
// doors of clients instead of the usual ports.
func typeAll(t *testing.T, dir string, clients map[string]*client.Client, mark string) {
	t.Helper()
	for _, c := range console(t, mark) {
		if strings.Contains(c.command, " stats") {
			continue // needs an admin socket; the command line's own tests have it
		}
		t.Run(c.command, func(t *testing.T) {
			line := strings.Replace(c.command, "bin/fondaco call", "bin/fondaco call --to "+clients["bert"].URL(), 1)
			line = strings.Replace(line, "http://127.0.0.1:8080", clients["http"].URL(), 1)
			cmd := exec.Command("sh", "-c", line)
			cmd.Dir = dir
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			if c.prints != "" && string(out) != c.prints {
				t.Errorf("%s\nprints %s\nthe README shows %s", line, out, c.prints)
			}
		})
	}
}
