package rules

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var requirement = regexp.MustCompile(`(?m)^\t(\S+) v\S+$`) // an indirect one has a comment behind it

// TestEveryDependencyIsExplained wants a row in the rationale for everything
// that is required directly.
func TestEveryDependencyIsExplained(t *testing.T) {
	rationale := read(t, "docs/rationale.md")
	for _, file := range []string{"go.mod", "bench/go.mod"} {
		found := requirement.FindAllStringSubmatch(read(t, file), -1)
		if len(found) == 0 {
			t.Errorf("%s requires nothing; is it read wrongly?", file)
		}
		for _, f := range found {
			name := strings.TrimPrefix(regexp.MustCompile(`/v\d+$`).ReplaceAllString(f[1], ""), "github.com/")
			if name != "fondaco/fondaco" && !strings.Contains(rationale, "`"+name+"`") {
				t.Errorf("%s requires %s: docs/rationale.md does not say what for", file, name)
			}
		}
	}
}

// TestEveryFolderIsInTheArchitecture wants each folder at the root in the
// table of docs/architecture.md.
func TestEveryFolderIsInTheArchitecture(t *testing.T) {
	text := read(t, "docs/architecture.md")
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		name := e.Name()
		if !e.IsDir() || strings.HasPrefix(name, ".") || name == "bin" {
			continue
		}
		if !strings.Contains(text, "`"+name+"`") && !strings.Contains(text, "`"+name+"/") {
			t.Errorf("docs/architecture.md has no row for %s", name)
		}
	}
}
