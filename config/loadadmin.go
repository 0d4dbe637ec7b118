package config

import (
	"os"
	"path/filepath"
)

// LoadAdmin reads where the server that a YAML file describes is steered from,
// and nothing else of the file: a running server can be found by a file that
// became wrong meanwhile. The error is an Errors.
func LoadAdmin(path string) (Admin, error) {
	abs, data, err := readFile(path)
	if err != nil {
		return Admin{}, err
	}
	r := &reader{source: path, dir: filepath.Dir(abs), env: os.LookupEnv}
	var a Admin
	root := r.tree(data)
	if root == nil {
		return a, r.result()
	}
	r.errs = nil
	for _, p := range root.pairs {
		if p.key == "admin" {
			r.admin(p.val, &a)
		}
	}
	return a, r.result()
}
