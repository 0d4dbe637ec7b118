package lua

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	glua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/parse"

	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/pool"
)

// maxSource bounds a plugin's file.
const maxSource = 16 << 20

// Runtime loads Lua files. The zero value is ready; it is safe for concurrent
// use.
type Runtime struct{}

var _ pool.Runtime = Runtime{}

// Load reads and compiles spec.File. It fails when the file cannot be read or
// compiled, with file and line, and when spec asks for what Lua states do not
// offer.
func (Runtime) Load(_ context.Context, spec config.Plugin) (pool.Plugin, error) {
	if err := check(spec); err != nil {
		return nil, err
	}
	source, err := read(spec.File)
	if err != nil {
		return nil, err
	}
	proto, err := compile(source, spec.File)
	if err != nil {
		return nil, err
	}
	return &plugin{spec: spec, proto: proto}, nil
}

// check refuses settings that would be ignored otherwise.
func check(spec config.Plugin) error {
	refuse := func(key, value, instead string) error {
		return fmt.Errorf("module %s, plugin %s: %s: %s is not available for Lua; %s", spec.Module, spec.File, key, value, instead)
	}
	switch {
	case spec.File == "":
		return fmt.Errorf("module %s: a Lua plugin needs plugin: FILE", spec.Module)
	case spec.State != "" && spec.State != "pooled":
		return refuse("state", spec.State, "use pooled")
	case spec.Code != "" && spec.Code != "cached":
		return refuse("code", spec.Code, "use cached, and reload after a change")
	}
	return nil
}

func read(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	source, err := io.ReadAll(io.LimitReader(f, maxSource+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if len(source) > maxSource {
		return nil, fmt.Errorf("%s: longer than %d bytes", file, maxSource)
	}
	if bytes.HasPrefix(source, []byte("#")) {
		source = append([]byte("--"), source...)
	}
	return source, nil
}

// compile turns source into code that any number of states can run. The
// compiler reports some faults by panicking.
func compile(source []byte, file string) (proto *glua.FunctionProto, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("%s: %v", file, fault)
		}
	}()
	chunk, err := parse.Parse(bytes.NewReader(source), file)
	var syntax *parse.Error
	if errors.As(err, &syntax) {
		if syntax.Pos.Line == parse.EOF {
			return nil, fmt.Errorf("%s:%d: %s: the file ends too early; is an end, a bracket or a quote missing?", file, lastLine(source), syntax.Message)
		}
		return nil, fmt.Errorf("%s:%d: %s near %q", file, syntax.Pos.Line, syntax.Message, syntax.Token)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	proto, err = glua.Compile(chunk, file)
	var fault *glua.CompileError
	if errors.As(err, &fault) {
		return nil, fmt.Errorf("%s:%d: %s", file, fault.Line, fault.Message)
	}
	return proto, err
}

// lastLine returns the number of the last line with something on it.
func lastLine(source []byte) int {
	return 1 + bytes.Count(bytes.TrimRight(source, " \t\r\n"), []byte("\n"))
}

// plugin is compiled code, which states share and never change.
type plugin struct {
	spec  config.Plugin
	proto *glua.FunctionProto
}

// New makes a state, runs the file in it and calls start.
func (p *plugin) New(ctx context.Context, host core.Host) (pool.Instance, error) {
	in := newInstance(p.spec, host)
	if err := in.load(ctx, p.proto); err != nil {
		in.Close()
		return nil, err
	}
	return in, nil
}

// Close frees nothing: the collector does.
func (p *plugin) Close() error { return nil }
