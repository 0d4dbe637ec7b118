// Command checksum is a plugin written in Go: checksums of files and folders
// below the folder it runs in.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/fondaco/fondaco/plugin"
)

func main() {
	m := plugin.New()
	m.Func("file", file)
	m.Func("tree", tree)
	plugin.Main(m)
}

// open returns the folder the plugin runs in: nothing outside it can be read.
func open() (*os.Root, error) { return os.OpenRoot(".") }

// file returns the SHA-256 of one file, in hexadecimal.
func file(name string) (string, error) {
	root, err := open()
	if err != nil {
		return "", err
	}
	defer root.Close()
	return sum(root.FS(), name)
}

// tree returns the SHA-256 of every file below the folder, by name. Names that
// begin with a dot are left out.
func tree(name string) (map[string]string, error) {
	root, err := open()
	if err != nil {
		return nil, err
	}
	defer root.Close()
	sums := make(map[string]string)
	err = fs.WalkDir(root.FS(), path.Clean(name), func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case strings.HasPrefix(d.Name(), ".") && d.Name() != ".":
			if d.IsDir() {
				return fs.SkipDir
			}
		case d.Type().IsRegular():
			sums[name], err = sum(root.FS(), name)
		}
		return err
	})
	return sums, err
}

func sum(fsys fs.FS, name string) (string, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return "", fmt.Errorf("checksum: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("checksum of %s: %w", name, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
