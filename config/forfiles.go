package config

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// ForFiles returns the server that the command line describes: each file is a
// plugin of the module named after it, files of one name shadow each other in
// order. Without listen there are the DefaultDoors; admin "" is the default
// socket. URLs take a door's keys as their query. The error is an Errors.
func ForFiles(files, listen []string, admin string) (*Config, error) {
	c := &Config{Log: DefaultLog(), Listen: DefaultDoors()}
	var errs Errors
	note := func(r *reader) { errs = append(errs, r.errs...) }
	if admin != "" {
		r := &reader{source: "--admin " + admin, env: os.LookupEnv}
		r.admin(&node{kind: textNode, text: admin}, &c.Admin)
		note(r)
	}
	if len(listen) > 0 {
		c.Listen = nil
	}
	for _, raw := range listen {
		r := &reader{source: "--listen " + raw, env: os.LookupEnv}
		c.Listen = append(c.Listen, r.doors(&node{kind: listNode, list: []*node{{kind: textNode, text: raw}}})...)
		note(r)
	}
	for _, file := range files {
		r := &reader{source: cmp.Or(file, "FILE"), env: os.LookupEnv}
		r.addFile(c, file)
		note(r)
	}
	if len(errs) > 0 {
		return nil, errs
	}
	return c, nil
}

// addFile adds one plugin to the module of its name.
func (r *reader) addFile(c *Config, file string) {
	name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	if what := moduleName(name); what != "" {
		r.fail(Pos{}, what, "rename the file, or name the module in a configuration file")
		return
	}
	info, err := os.Stat(file)
	if err == nil && info.IsDir() {
		r.fail(Pos{}, "this is a folder", fmt.Sprintf("name the files, such as %s/*", filepath.Clean(file)))
		return
	}
	if err != nil {
		r.fail(Pos{}, "cannot read the plugin"+because(err), "check the name")
		return
	}
	abs, err := filepath.Abs(file)
	if err != nil {
		abs = file
	}
	p := DefaultPlugin()
	p.Module, p.File = name, abs
	if _, err := RuntimeOf(p); err != nil {
		e := err.(*Error)
		r.fail(Pos{}, e.What, e.Fix)
		return
	}
	for i := range c.Modules {
		if c.Modules[i].Name == name {
			c.Modules[i].Plugins = append(c.Modules[i].Plugins, p)
			return
		}
	}
	c.Modules = append(c.Modules, Module{Name: name, Plugins: []Plugin{p}})
}
