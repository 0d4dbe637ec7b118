package codehost

import (
	"bytes"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/fondaco/fondaco/client"
)

// root is the repository, whose pages the tests here hold to what they say.
const root = "../.."

// block is one block of code in a page.
type block struct{ language, text string }

var fenced = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$")

// blocks returns a page's blocks of code.
func blocks(t *testing.T, page string) []block {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, page))
	if err != nil {
		t.Fatal(err)
	}
	var all []block
	for _, m := range fenced.FindAllStringSubmatch(string(text), -1) {
		all = append(all, block{m[1], m[2]})
	}
	if len(all) == 0 {
		t.Fatalf("%s has no blocks of code", page)
	}
	return all
}

var named = regexp.MustCompile(`^(?:#|//|--) ([\w/]+\.\w+)\b`)

// file returns the name that the first line gives to the block, or "".
func (b block) file() string {
	if m := named.FindStringSubmatch(b.text); m != nil && b.language != "console" && b.language != "sh" {
		return m[1]
	}
	return ""
}

// save writes a page's files into dir, and returns their names.
func save(t *testing.T, page, dir string) []string {
	t.Helper()
	var names []string
	for _, b := range blocks(t, page) {
		name := b.file()
		if name == "" {
			continue
		}
		names = append(names, name)
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(b.text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return names
}

// typed is one command of a page and what it is shown to print; "" when
// nothing is shown.
type typed struct{ command, prints string }

// commands returns what a console block types.
func (b block) commands() []typed {
	var all []typed
	for line := range strings.Lines(b.text) {
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			all = append(all, typed{command: strings.TrimSpace(command)})
		} else if n := len(all); n > 0 {
			all[n-1].prints += line
		}
	}
	return all
}

// run types the command in dir, on the doors of clients instead of the usual
// ports, and compares what it prints. What stands for "..." may be anything.
// Only a command that is shown to print something may fail.
func (c typed) run(t *testing.T, dir string, clients map[string]*client.Client) {
	t.Helper()
	t.Run(c.command, func(t *testing.T) {
		line := c.command
		for scheme, cl := range clients {
			u, err := url.Parse(cl.URL())
			if err != nil {
				t.Fatal(err)
			}
			line = strings.ReplaceAll(line, map[string]string{"bert": "127.0.0.1:8000", "http": "127.0.0.1:8080"}[scheme], u.Host)
			if scheme == "bert" {
				line = strings.Replace(line, "fondaco call", "fondaco call --to "+cl.URL(), 1)
			}
		}
		bin, err := filepath.Abs(filepath.Join(root, "bin"))
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("sh", "-c", line)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "GOWORK=off")
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if err := cmd.Run(); err != nil {
			if c.prints == "" {
				t.Fatalf("%s: %v\n%s", line, err, &stderr)
			}
			stdout.Write(stderr.Bytes())
		}
		got := strings.ReplaceAll(stdout.String(), dir+"/", "")
		want := strings.ReplaceAll(regexp.QuoteMeta(c.prints), `\.\.\.`, ".*")
		if c.prints != "" && !regexp.MustCompile(`\A`+want+`\z`).MatchString(got) {
			t.Errorf("%s\nprints %s\nthe page shows %s", line, got, c.prints)
		}
	})
}
