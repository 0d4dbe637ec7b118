package config

import (
	"fmt"
	"strings"
)

// later is a key that the design has and this version does not serve.
func later[T any](name string) key[T] { return key[T]{name: name} }

// rootKeys are the keys of the whole file. A function, not a variable, because
// the sections hang together in a circle.
func rootKeys() []key[Config] {
	return []key[Config]{
		{"admin", func(r *reader, n *node, c *Config) { r.admin(n, &c.Admin) }},
		{"log", func(r *reader, n *node, c *Config) { section(r, n, "log", logKeys(), &c.Log) }},
		{"listen", func(r *reader, n *node, c *Config) { c.Listen = r.doors(n) }},
		{"modules", func(r *reader, n *node, c *Config) { c.Modules = r.modules(n) }},
		later[Config]("cluster"),
	}
}

// logKeys are the keys below log.
func logKeys() []key[Log] {
	return []key[Log]{
		word("level", func(l *Log) *string { return &l.Level }, []string{"debug", "info", "warn", "error"}, nil),
		word("format", func(l *Log) *string { return &l.Format }, []string{"text", "json"}, nil),
		{"access", func(r *reader, n *node, l *Log) {
			if s, ok := r.text(n, "access"); ok {
				l.Access = r.resolve(s)
			}
		}},
	}
}

// modules reads the modules with their plugins, in the order of the file.
func (r *reader) modules(n *node) []Module {
	if n.kind != mapNode {
		r.fail(n.pos, "modules is "+n.shown(), "write a map: a module's name, and its plugins as a list")
		return nil
	}
	list := make([]Module, 0, len(n.pairs))
	for _, p := range n.pairs {
		if what := moduleName(p.key); what != "" {
			r.fail(p.pos, what, "give it another name")
			continue
		}
		m := Module{Name: p.key, Pos: p.pos}
		entries := p.val.list
		switch {
		case p.val.kind == mapNode || p.val.kind == textNode:
			entries = []*node{p.val}
		case p.val.kind != listNode || len(entries) == 0:
			r.fail(p.val.pos, fmt.Sprintf("module %s has no plugins", p.key), "write a list such as [{plugin: FILE}]")
		}
		for _, e := range entries {
			m.Plugins = append(m.Plugins, r.plugin(e, p.key))
		}
		list = append(list, m)
	}
	return list
}

// moduleName returns what is wrong with a module's name, or "".
func moduleName(name string) string {
	const most = 100
	switch {
	case name == "" || len(name) > most:
		return fmt.Sprintf("a module's name has 1 to %d bytes, not %d", most, len(name))
	case strings.ContainsAny(name, "./*:,") || strings.ContainsFunc(name, func(c rune) bool { return c <= ' ' || c == 0x7f }):
		return fmt.Sprintf("module name %q has one of . / * : , or a blank in it", clip(name))
	case name == "fondaco" || name == "__admin__":
		return fmt.Sprintf("module name %q is the server's own", name)
	}
	return ""
}
