package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Load reads the server that a YAML file describes. Relative names in it are
// resolved against the file's folder. The error is an Errors.
func Load(path string) (*Config, error) {
	abs, data, err := readFile(path)
	if err != nil {
		return nil, err
	}
	c, err := parse(path, filepath.Dir(abs), data)
	if err != nil {
		return nil, err
	}
	c.File = abs
	return c, nil
}

// readFile returns the absolute name and the contents of a configuration. The
// error is an Errors.
func readFile(path string) (abs string, data []byte, err error) {
	if abs, err = filepath.Abs(path); err != nil {
		abs = path
	}
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a file")
	}
	if err == nil && info.Size() > maxFile {
		err = fmt.Errorf("longer than %d bytes", maxFile)
	}
	if err == nil {
		data, err = os.ReadFile(path)
	}
	if err != nil {
		return "", nil, Errors{{Source: path, What: "cannot read the configuration" + because(err), Fix: "check the name, or write one; docs/configuration.md has all keys"}}
	}
	return abs, data, nil
}

// Parse reads the server that YAML data describe. name is the file's name in
// errors, and its folder is what relative names are resolved against. The
// error is an Errors.
func Parse(name string, data []byte) (*Config, error) {
	return parse(name, filepath.Dir(name), data)
}

func parse(name, dir string, data []byte) (*Config, error) {
	r := &reader{source: name, dir: dir, env: os.LookupEnv}
	c := &Config{Log: DefaultLog()}
	if root := r.tree(data); root != nil {
		section(r, root, "the configuration", rootKeys(), c)
	}
	if c.Listen == nil {
		c.Listen = DefaultDoors()
	}
	if err := r.result(); err != nil {
		return nil, err
	}
	return c, nil
}

// ParseAdmin reads an admin URL of the command line: unix:///path,
// http://host:port?token=T (or token_file=FILE), or none.
func ParseAdmin(raw string) (Admin, error) {
	var a Admin
	r := &reader{source: "--admin " + raw, env: os.LookupEnv}
	r.admin(&node{kind: textNode, text: raw}, &a)
	return a, r.result()
}
