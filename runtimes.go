package fondaco

import (
	"log/slog"
	"path/filepath"

	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/guardian"
	"github.com/fondaco/fondaco/pool"
	"github.com/fondaco/fondaco/runtime/lua"
	"github.com/fondaco/fondaco/runtime/native"
	"github.com/fondaco/fondaco/runtime/process"
)

// runtimes are all there are, by the word of the configuration.
type runtimes map[string]pool.Runtime

func newRuntimes(g *guardian.Guardian, log *slog.Logger) runtimes {
	return runtimes{
		"lua":     lua.Runtime{},
		"native":  native.Runtime{},
		"process": process.New(process.Options{Spawner: g, Log: log}),
	}
}

// choose returns the word of the runtime for a plugin: the one it names, or the
// usual one for its kind of file.
func choose(spec config.Plugin) string {
	switch {
	case spec.Native != nil:
		return "native"
	case spec.Runtime != "":
		return spec.Runtime
	case spec.Command == "" && filepath.Ext(spec.File) == ".lua":
		return "lua"
	}
	return "process"
}
