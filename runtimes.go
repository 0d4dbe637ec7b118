package fondaco

import (
	"log/slog"

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

// choose returns the word of the runtime for a plugin. What config knows no
// runtime for goes to process, which says what is wrong with it.
func choose(spec config.Plugin) string {
	word, err := config.RuntimeOf(spec)
	if err != nil {
		return "process"
	}
	return word
}
