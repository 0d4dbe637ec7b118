package config

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Bounds on a plugin's settings.
const (
	maxWorkers = 10_000
	maxQueue   = 10_000_000
)

// pluginKeys are the keys of a module's entries.
func pluginKeys() []key[Plugin] {
	return append([]key[Plugin]{
		{"plugin", func(r *reader, n *node, p *Plugin) {
			if s, ok := r.text(n, "plugin"); ok {
				p.File = r.resolve(s)
				r.exists(n.pos, "plugin", p.File, false)
			}
		}},
		text("command", func(p *Plugin) *string { return &p.Command }),
		word("runtime", func(p *Plugin) *string { return &p.Runtime }, []string{"lua", "process"},
			[]string{"js", "luajit", "mruby", "cpython", "wasm", "so", "cengine", "goplugin"}),
		word("wire", func(p *Plugin) *string { return &p.Wire }, []string{"fondaco", "ernie"},
			[]string{"nng", "abstract", "stdio", "http", "goplugin"}),
		word("where", func(p *Plugin) *string { return &p.Where }, []string{"inline", "process"}, nil),
		word("state", func(p *Plugin) *string { return &p.State }, []string{"pooled"}, []string{"request", "connection", "key"}),
		word("code", func(p *Plugin) *string { return &p.Code }, []string{"cached"}, []string{"watch", "each"}),
		{"interpreter", func(r *reader, n *node, p *Plugin) {
			if s, ok := r.text(n, "interpreter"); ok {
				p.Interpreter = s
				if strings.Contains(s, "/") {
					p.Interpreter = r.resolve(s)
				}
			}
		}},
		{"env", func(r *reader, n *node, p *Plugin) { p.Env = r.environment(n) }},
		{"cwd", func(r *reader, n *node, p *Plugin) {
			if s, ok := r.text(n, "cwd"); ok {
				p.Dir = r.resolve(s)
				r.exists(n.pos, "cwd", p.Dir, true)
			}
		}},
		{"config", func(_ *reader, n *node, p *Plugin) { p.Config = n.plain() }},
		{"binaries", func(r *reader, n *node, p *Plugin) {
			var s string
			word("binaries", func(s *string) *string { return s }, []string{"bytes", "text"}, nil).set(r, n, &s)
			p.Binaries = s == "bytes"
		}},
		{"workers", readWorkers},
		{"restart", func(r *reader, n *node, p *Plugin) { section(r, n, "restart", restartKeys(), &p.Restart) }},
		{"priority", func(r *reader, n *node, p *Plugin) { section(r, n, "priority", priorityKeys(), p) }},
		later[Plugin]("limits"), later[Plugin]("user"), later[Plugin]("start"),
		later[Plugin]("on_failure"), later[Plugin]("fallback"), later[Plugin]("url"),
	}, boundKeys()...)
}

// boundKeys are the keys of a plugin that bound calls and instances.
func boundKeys() []key[Plugin] {
	return []key[Plugin]{
		count("instances", 1, maxWorkers, func(p *Plugin) *int { return &p.Instances }),
		count("concurrency", 1, 10_000, func(p *Plugin) *int { return &p.Concurrency }),
		length("timeout", time.Millisecond, true, func(p *Plugin) *time.Duration { return &p.Timeout }),
		count("queue", 0, maxQueue, func(p *Plugin) *int { return &p.Queue }),
		count("max_waiting", 1, maxQueue, func(p *Plugin) *int { return &p.MaxWaiting }),
		count("max_jobs", 0, 1<<40, func(p *Plugin) *int { return &p.MaxJobs }),
		length("max_age", time.Second, true, func(p *Plugin) *time.Duration { return &p.MaxAge }),
		size("max_memory", 1<<20, 1<<50, true, func(p *Plugin) *int64 { return &p.MaxMemory }),
	}
}

// workersKeys are the keys below workers.
func workersKeys() []key[Workers] {
	return []key[Workers]{
		count("min", 0, maxWorkers, func(w *Workers) *int { return &w.Min }),
		count("max", 1, maxWorkers, func(w *Workers) *int { return &w.Max }),
		length("idle", time.Millisecond, true, func(w *Workers) *time.Duration { return &w.Idle }),
	}
}

// restartKeys are the keys below restart.
func restartKeys() []key[Restart] {
	return []key[Restart]{
		count("burst", 1, 10_000, func(s *Restart) *int { return &s.Burst }),
		length("within", time.Millisecond, false, func(s *Restart) *time.Duration { return &s.Within }),
	}
}

// priorityKeys are the keys below priority.
func priorityKeys() []key[Plugin] {
	return []key[Plugin]{count("low_share", 1, 1_000_000, func(p *Plugin) *int { return &p.LowShare })}
}

// readWorkers reads a map, or the number that is short for {min: 0, max: N}.
func readWorkers(r *reader, n *node, p *Plugin) {
	if n.kind != mapNode {
		if v, ok := r.count(n, "workers", 1, maxWorkers); ok {
			p.Workers.Min, p.Workers.Max = 0, v
		}
		return
	}
	before := len(r.errs)
	section(r, n, "workers", workersKeys(), &p.Workers)
	named := func(key string) bool { return slices.ContainsFunc(n.pairs, func(p pair) bool { return p.key == key }) }
	if len(r.errs) > before || p.Workers.Min <= p.Workers.Max {
		return
	}
	if !named("max") {
		p.Workers.Max = p.Workers.Min
		return
	}
	r.fail(n.pos, fmt.Sprintf("workers has min %d above max %d", p.Workers.Min, p.Workers.Max), "make max the larger one")
}

// environment reads env: names and texts; numbers and bools are taken as
// written.
func (r *reader) environment(n *node) map[string]string {
	if n.kind != mapNode {
		r.fail(n.pos, "env is "+n.shown(), "write a map of variables and texts")
		return nil
	}
	env := make(map[string]string, len(n.pairs))
	for _, p := range n.pairs {
		switch {
		case !envName.MatchString(p.key):
			r.fail(p.pos, fmt.Sprintf("%q is no variable's name", clip(p.key)), "use letters, digits and _")
		case strings.HasPrefix(p.key, "FONDACO_"):
			r.fail(p.pos, p.key+" is the server's own variable", "give it another name")
		case p.val.kind == listNode || p.val.kind == mapNode || p.val.kind == nullNode:
			r.fail(p.val.pos, fmt.Sprintf("variable %s is %s", p.key, p.val.shown()), "write a text")
		default:
			env[p.key] = p.val.text
		}
	}
	return env
}

// exists notes an error when a file or folder is missing.
func (r *reader) exists(pos Pos, what, file string, dir bool) {
	info, err := os.Stat(file)
	switch {
	case err != nil:
		r.fail(pos, fmt.Sprintf("%s %s%s", what, file, because(err)), "check the name; relative ones start at "+r.folder())
	case info.IsDir() != dir && dir:
		r.fail(pos, fmt.Sprintf("%s %s is no folder", what, file), "give a folder")
	case info.IsDir() != dir:
		r.fail(pos, fmt.Sprintf("%s %s is a folder", what, file), "give a file")
	}
}

// folder names the folder that relative names start at.
func (r *reader) folder() string {
	if r.dir == "" || r.dir == "." {
		return "the current folder"
	}
	return filepath.Clean(r.dir)
}
