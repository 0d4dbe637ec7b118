package main

import (
	"embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/fondaco/fondaco/config"
)

//go:embed plugins
var plugins embed.FS

// language is one that plain files are written in.
type language struct {
	name      string
	extension string
	programs  []string // to be tried in this order
	probe     []string // arguments that succeed when the fast codec is there
	codec     string   // the fast codec's name; "": there is none, nor a bare loop
	target    float64  // calls per second of a worker with the fast codec; 0: none
}

func plainLanguages() []language {
	return []language{
		{"Perl", ".pl", []string{"perl"}, []string{"-MCBOR::XS", "-e", "1"}, "CBOR::XS", 120_000},
		// Another python3 may stand before the system's and lack what Debian packages bring.
		{"Python", ".py", []string{"python3", "/usr/bin/python3"}, []string{"-c", "import _cbor2"}, "cbor2", 90_000},
		{"Ruby", ".rb", []string{"ruby"}, []string{"-e", "require 'cbor'"}, "ruby-cbor", 90_000},
		{"Node", ".js", []string{"node"}, nil, "", 0},
	}
}

// interpreter returns the program to run the language with, and whether its
// fast codec is there; "" when it is not installed.
func (l language) interpreter() (program string, fast bool) {
	for _, name := range l.programs {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		if l.probe == nil || exec.Command(path, l.probe...).Run() == nil {
			return path, true
		}
		if program == "" {
			program = path
		}
	}
	return program, false
}

// plainFile writes the file plugins/base+extension where an interpreter finds
// it.
func (b *bench) plainFile(base, extension string) (string, error) {
	text, err := plugins.ReadFile("plugins/" + base + extension)
	if err != nil {
		return "", err
	}
	path := filepath.Join(b.dir, base+extension)
	return path, os.WriteFile(path, text, 0o600)
}

// plain makes a module of the language's file echo with one worker.
func (b *bench) plain(l language, program string, concurrency int) (config.Module, error) {
	file, err := b.plainFile("echo", l.extension)
	if err != nil {
		return config.Module{}, err
	}
	return module(l.name, func(p *config.Plugin) {
		p.File, p.Interpreter, p.Concurrency = file, program, concurrency
		p.Workers.Max = 1
	}), nil
}

// bareLoop starts the language's bare loop, and returns its cell and its end.
func (b *bench) bareLoop(l language, program string) (cell, func(), error) {
	file, err := b.plainFile("bare", l.extension)
	if err != nil {
		return cell{}, nil, err
	}
	c := exec.Command(program, file)
	c.Stderr = os.Stderr
	m, err := newMux(c, inFlight)
	if err != nil {
		return cell{}, nil, fmt.Errorf("%s: %w", program, err)
	}
	return m.cell("bare loop, " + l.name), m.end, nil
}
