package fondaco

import (
	"fmt"
	"log/slog"
	"os"

	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/door"
)

// accessLog writes a line for every request that came through a door. A nil
// accessLog writes nothing.
type accessLog struct {
	file *os.File
	log  *slog.Logger
}

// openAccessLog appends to the file with the given name; "" is none.
func openAccessLog(name string) (*accessLog, error) {
	if name == "" {
		return nil, nil
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
	if err != nil {
		return nil, fmt.Errorf("log.access: %w", err)
	}
	return &accessLog{f, slog.New(slog.NewTextHandler(f, nil))}, nil
}

// hook returns what a door calls for each request, nil when nobody listens.
func (a *accessLog) hook() func(*door.Access) {
	if a == nil {
		return nil
	}
	return a.write
}

func (a *accessLog) write(r *door.Access) {
	kind := "call"
	if r.Kind == core.Cast {
		kind = "cast"
	}
	attrs := []any{"kind", kind, "module", r.Module, "function", r.Function, "took", r.Took, "in", r.In, "out", r.Out,
		"plugin", r.Served.Plugin, "generation", r.Served.Generation}
	if r.Caller != nil {
		attrs = append(attrs, "remote", r.Caller.Remote, "door", r.Caller.Door)
	}
	if r.Err != nil {
		attrs = append(attrs, "error", r.Err)
	}
	a.log.Info("request", attrs...)
}

// Close closes the file.
func (a *accessLog) Close() error {
	if a == nil {
		return nil
	}
	return a.file.Close()
}
