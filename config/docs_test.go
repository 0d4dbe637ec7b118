package config

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// keyWords returns the keys of a section, those of later versions with a "?".
func keyWords[T any](keys []key[T]) []string {
	list := make([]string, len(keys))
	for i, k := range keys {
		list[i] = k.name
		if k.set == nil {
			list[i] += "?"
		}
	}
	slices.Sort(list)
	return list
}

// documented returns the keys in the tables of docs/configuration.md by
// section, those marked later as a whole with a "?".
func documented(t *testing.T) map[string][]string {
	t.Helper()
	data, err := os.ReadFile("../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile("^\\| `([a-z_]+)` \\| ([^|]+) \\|([^|]*)\\| ([^|]+) \\|$")
	sections, section := map[string][]string{}, ""
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, "\n")
		if strings.HasPrefix(line, "#") {
			section = strings.TrimLeft(line, "# ")
		}
		m := row.FindStringSubmatch(line)
		if m == nil {
			if strings.HasPrefix(line, "| `") {
				t.Errorf("not a row of key, type, default and meaning: %s", line)
			}
			continue
		}
		if strings.HasPrefix(m[4], "*later*") {
			m[1] += "?"
		}
		sections[section] = append(sections[section], m[1])
	}
	for _, keys := range sections {
		slices.Sort(keys)
	}
	return sections
}

func TestDocumented(t *testing.T) {
	docs := documented(t)
	for section, keys := range map[string][]string{
		"The file": keyWords(rootKeys()),
		"admin":    keyWords(adminKeys()),
		"log":      keyWords(logKeys()),
		"listen":   keyWords(doorKeys()),
		"modules":  keyWords(pluginKeys()),
		"workers":  keyWords(workersKeys()),
		"restart":  keyWords(restartKeys()),
		"priority": keyWords(priorityKeys()),
	} {
		if !slices.Equal(docs[section], keys) {
			t.Errorf("section %q has\n%v in docs/configuration.md, the parser has\n%v", section, docs[section], keys)
		}
		delete(docs, section)
	}
	for section := range docs {
		t.Errorf("the parser has no section %q", section)
	}
}
