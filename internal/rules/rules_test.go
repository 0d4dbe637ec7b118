package rules

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const (
	root   = "../.."
	module = "github.com/fondaco/fondaco"
)

type listed struct {
	ImportPath string
	Standard   bool
	Imports    []string
}

// packages returns the repository's packages and what each imports.
func packages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// forbidden lists imports that must not be: From and To are folders, * stands
// for what is below them.
var forbidden = []struct{ from, to, why string }{
	{"core", "*", "core is the vocabulary: it imports the standard library only"},
	{"config", "*", "specs know nothing of what is made of them"},
	{"sdk", "*", "libraries for other languages, and nothing of ours"},
	{"guardian", "*", "the guardian starts processes and knows nothing of plugins"},

	{"broker", "pool", "the broker knows Handlers, not how they are made"},
	{"broker", "codec/*", "routing decodes nothing"},
	{"pool", "broker", "a pool does not know who calls it"},
	{"pool", "codec/*", "queueing decodes nothing"},

	{"codec/*", "wire/*", "codecs are at the bottom"},
	{"codec/*", "config", "codecs are at the bottom"},
	{"codec/*", "pool", "codecs are at the bottom"},
	{"codec/*", "broker", "codecs are at the bottom"},
	{"wire/*", "config", "wires are at the bottom"},
	{"wire/*", "pool", "wires are at the bottom"},
	{"wire/*", "broker", "wires are at the bottom"},
	{"wire/*", "door/*", "wires are at the bottom"},
	{"wire/*", "runtime/*", "wires are at the bottom"},

	{"door", "door/*", "what all doors share knows none of them"},
	{"door/*", "pool", "doors know a Handler, not what answers it"},
	{"door/*", "broker", "doors know a Handler, not what answers it"},
	{"door/*", "runtime/*", "doors and runtimes are siblings"},
	{"runtime/*", "door/*", "doors and runtimes are siblings"},
	{"runtime/*", "broker", "an instance asks its Host"},
	{"admin", "pool", "the API steers a Server, which is an interface"},
	{"admin", "broker", "the API steers a Server, which is an interface"},
	{"admin", "door/*", "the API is no door"},

	{"funcs", "config", "Go plugins inside and outside the server stand on it"},
	{"funcs", "pool", "Go plugins inside and outside the server stand on it"},
	{"funcs", "broker", "Go plugins inside and outside the server stand on it"},
	{"funcs", "runtime/*", "Go plugins inside and outside the server stand on it"},
	{"funcs", "plugin", "Go plugins inside and outside the server stand on it"},
	{"plugin", "pool", "the worker SDK is small"},
	{"plugin", "broker", "the worker SDK is small"},
	{"plugin", "config", "the worker SDK is small"},
	{"client", "config", "a client knows URLs, not servers"},
	{"client", "pool", "a client knows URLs, not servers"},
	{"client", "broker", "a client knows URLs, not servers"},
	{"client", "door/*", "a client speaks to servers of other make too"},
}

func TestImports(t *testing.T) {
	for _, p := range packages(t) {
		from := inside(p.ImportPath)
		for _, imported := range p.Imports {
			to := inside(imported)
			if imported == module || to != "" && from != "" {
				check(t, from, to)
			}
			if from == "core" && strings.Contains(imported, ".") {
				t.Errorf("core imports %s: core is the vocabulary: it imports the standard library only", imported)
			}
			if imported == module && strings.Count(from, "/") == 0 && from != "plugin" {
				t.Errorf("%s imports the facade: only commands, examples and tests may", from)
			}
		}
	}
}

func check(t *testing.T, from, to string) {
	t.Helper()
	for _, f := range forbidden {
		if matches(f.from, from) && matches(f.to, to) && from != to {
			t.Errorf("%s imports %s: %s", from, to, f.why)
		}
	}
	sibling := func(dir string) bool {
		return strings.HasPrefix(from, dir) && strings.HasPrefix(to, dir) && family(from, dir) != family(to, dir)
	}
	for _, dir := range []string{"door/", "runtime/"} {
		if sibling(dir) {
			t.Errorf("%s imports its sibling %s", from, to)
		}
	}
}

// family returns the part of path right below dir.
func family(path, dir string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(path, dir), "/")
	return name
}

// inside returns the path below the module's root, "" for packages of others.
func inside(path string) string {
	rest, ok := strings.CutPrefix(path, module+"/")
	if !ok {
		return ""
	}
	return rest
}

func matches(pattern, path string) bool {
	if pattern == "*" {
		return true
	}
	if dir, ok := strings.CutSuffix(pattern, "/*"); ok {
		return path == dir || strings.HasPrefix(path, dir+"/")
	}
	return path == pattern
}

// goFiles calls f for every Go file of the repository.
func goFiles(t *testing.T, f func(path string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == ".git" || d.Name() == "node_modules"):
			return filepath.SkipDir
		case strings.HasSuffix(path, ".go"):
			f(path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestEveryPackageHasAComment(t *testing.T) {
	documented := make(map[string]bool)
	goFiles(t, func(path string) {
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		dir := filepath.Dir(path)
		documented[dir] = documented[dir] || file.Doc != nil
	})
	for dir, ok := range documented {
		if !ok {
			t.Errorf("the package in %s has no package comment", dir)
		}
	}
}

func TestFilesAndFunctionsAreShort(t *testing.T) {
	const maxFile, maxFunc = 900, 100
	goFiles(t, func(path string) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(text, []byte("\n")); n > maxFile {
			t.Errorf("%s has %d lines, more than %d", path, n, maxFile)
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, text, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if n := set.Position(f.End()).Line - set.Position(f.Pos()).Line; n > maxFunc {
				t.Errorf("%s: %s has %d lines, more than %d", path, f.Name.Name, n, maxFunc)
			}
			if f.Name.Name == "init" && f.Recv == nil {
				t.Errorf("%s has an init function: list things explicitly", path)
			}
		}
	})
}

func TestLicence(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "LICENSE"))
	if err != nil || !bytes.Contains(text, []byte("Apache License")) {
		t.Errorf("LICENSE is not the Apache License (%v)", err)
	}
}
