package fondaco

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/fondaco/fondaco/config"
)

// names returns how the plugins of one module are called in messages and
// statistics: a file by the shortest end of its path that tells it from the
// module's other files, else its command line, or "native".
func names(plugins []config.Plugin) []string {
	list := make([]string, len(plugins))
	for i, p := range plugins {
		switch {
		case p.File != "":
			list[i] = fileName(p.File, plugins)
		case p.Command != "":
			list[i] = p.Command
		default:
			list[i] = "native"
		}
	}
	return list
}

func fileName(file string, plugins []config.Plugin) string {
	for n := 1; ; n++ {
		name, whole := ending(file, n)
		shared := slices.ContainsFunc(plugins, func(o config.Plugin) bool {
			other, _ := ending(o.File, n)
			return o.File != file && other == name
		})
		if whole || !shared {
			return name
		}
	}
}

// ending returns the last n elements of path, and whether that is all of it.
func ending(path string, n int) (name string, whole bool) {
	at := len(path)
	for range n {
		if at = strings.LastIndexByte(path[:at], filepath.Separator); at < 0 {
			return path, true
		}
	}
	return path[at+1:], false
}
