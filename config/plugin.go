package config

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

const processRuntime = "process"

// The runtimes by the extension of a plugin's file.
var (
	byExtension     = map[string]string{".lua": "lua", ".py": "process", ".pl": "process", ".rb": "process", ".js": "process"}
	laterExtensions = []string{".php", ".erl", ".jar", ".wasm", ".so", ".dylib", ".dll"}
)

// RuntimeOf returns the word of the runtime that a plugin is for: native, lua
// or process. It asks the disk only when nothing else tells: a file without a
// known extension is a worker by itself when it can be executed.
func RuntimeOf(p Plugin) (string, error) {
	switch {
	case p.Native != nil:
		return "native", nil
	case p.Runtime != "":
		return p.Runtime, nil
	case p.Command != "":
		return processRuntime, nil
	}
	ext := filepath.Ext(p.File)
	if name, ok := byExtension[ext]; ok {
		return name, nil
	}
	if slices.Contains(laterExtensions, ext) {
		return "", &Error{Source: p.File, What: ext + " files are known, but not in this version yet", Fix: laterFix}
	}
	info, err := os.Stat(p.File)
	if err == nil && info.Mode()&0o111 != 0 {
		return processRuntime, nil
	}
	return "", &Error{Source: p.File, What: "no runtime is known for it, and it cannot be executed",
		Fix: "use .lua, .py, .pl, .rb or .js, or chmod +x"}
}

// plugin reads one entry of a module.
func (r *reader) plugin(n *node, module string) Plugin {
	p := DefaultPlugin()
	p.Module, p.Pos, p.Dir = module, n.pos, r.dir
	before := len(r.errs)
	if n.kind == textNode {
		n = &node{kind: mapNode, pos: n.pos, pairs: []pair{{"plugin", n.pos, n}}}
	}
	section(r, n, "a plugin", pluginKeys(), &p)
	if len(r.errs) == before {
		r.coherent(n, &p)
	}
	return p
}

// coherent checks what no key can check alone, and fills in what follows from
// others.
func (r *reader) coherent(n *node, p *Plugin) {
	at := func(name string) (Pos, bool) {
		for _, pair := range n.pairs {
			if pair.key == name {
				return pair.pos, true
			}
		}
		return n.pos, false
	}
	filePos, file := at("plugin")
	commandPos, command := at("command")
	if file == command {
		what := "a plugin has neither plugin nor command"
		if file {
			what = "a plugin has both plugin and command"
		}
		r.fail(commandPos, what, "write plugin: FILE, or command: PROGRAM for a worker that brings its own")
		return
	}
	kind, err := RuntimeOf(*p)
	if err != nil {
		e := err.(*Error)
		r.fail(filePos, fmt.Sprintf("plugin %s: %s", p.File, e.What), e.Fix)
		return
	}
	if command && kind != processRuntime {
		pos, _ := at("runtime")
		r.fail(pos, "a command runs in a process, not in runtime "+kind, "remove runtime, or write plugin: FILE")
	}
	r.place(at, p, kind)
}

// place checks the keys that depend on where the plugin runs.
func (r *reader) place(at func(string) (Pos, bool), p *Plugin, kind string) {
	usual := "inline"
	only := []string{"wire", "workers", "interpreter", "env", "cwd", "max_memory"}
	if kind == processRuntime {
		usual, only = "process", nil
	}
	if pos, ok := at("where"); ok && p.Where != usual {
		r.later(pos, fmt.Sprintf("where: %s for runtime %s", p.Where, kind))
	}
	for _, name := range only {
		if pos, ok := at(name); ok {
			fix := "remove it"
			if name == "workers" {
				fix = "write instances: N"
			}
			r.fail(pos, fmt.Sprintf("%s is for plugins in processes, this one is embedded (runtime %s)", name, kind), fix)
		}
	}
	if p.Interpreter != "" && p.Command != "" {
		pos, _ := at("interpreter")
		r.fail(pos, "interpreter does nothing for a command", "put the program into command")
	}
	if p.Instances == 0 {
		return
	}
	if pos, ok := at("instances"); ok {
		if _, both := at("workers"); both {
			r.fail(pos, "instances and workers bound the same thing", "keep workers")
		}
	}
	p.Workers.Max = p.Instances
}
