//go:build unix

package process

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/sdk"
)

// maxText bounds the text of a plain file that is kept.
const maxText = 64 << 20

// program says how a worker is started. Descriptors from firstExtra on are
// code and script, in this order, as far as they are there.
type program struct {
	path   string
	args   []string // with the script's path as scriptArg
	code   *held    // the plugin's text; nil: the worker reads the file, or needs none
	script *held    // the launcher's; nil: none
	binary *os.File // keeps the executable that path names
}

// scriptArg stands in program.args for the path of the script.
const scriptArg = "\x00script"

// shell returns the program of a command line.
func shell(command string) *program {
	return &program{path: "/bin/sh", args: []string{"/bin/sh", "-c", "exec " + command}}
}

// find returns the program for spec.File: the language's launcher, or the file
// itself.
func find(spec config.Plugin) (*program, error) {
	launcher, ok := sdk.Find(strings.ToLower(filepath.Ext(spec.File)))
	if !ok {
		return executable(spec)
	}
	name := spec.Interpreter
	if name == "" {
		name = launcher.Interpreter
	}
	interpreter, err := exec.LookPath(name)
	if err != nil {
		hint := "install the Debian package " + launcher.Package + ", or name the program under the key interpreter"
		if spec.Interpreter != "" {
			hint = "install it, or correct the key interpreter"
		}
		return nil, core.NewError(core.KindUnavailable,
			fmt.Sprintf("%s needs %s, which cannot be run (%v); %s", spec.File, name, reason(err), hint))
	}
	text, err := read(spec.File)
	if err != nil {
		return nil, err
	}
	p := &program{path: interpreter}
	p.args = append(append([]string{name}, launcher.Flags...), scriptArg, spec.Module, spec.File)
	if p.code, err = hold("plugin", text); err != nil {
		return nil, fmt.Errorf("keep %s: %w", spec.File, err)
	}
	if p.script, err = hold(launcher.Language, launcher.Script); err != nil {
		return nil, errors.Join(fmt.Errorf("keep the launcher of %s: %w", spec.File, err), p.close())
	}
	return p, nil
}

func read(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("plugin: %w", err)
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxText+1))
	if err != nil {
		return nil, fmt.Errorf("plugin: %w", err)
	}
	if len(text) > maxText {
		return nil, fmt.Errorf("plugin: %s: longer than %d bytes", file, maxText)
	}
	return text, nil
}

// executable returns the program of a file that is a worker by itself. A
// binary is held open, so that replacing the file changes nothing; a script
// with a #! line is run by its name, for its interpreter opens it by that.
func executable(spec config.Plugin) (*program, error) {
	info, err := os.Stat(spec.File)
	if err != nil {
		return nil, fmt.Errorf("plugin: %w", err)
	}
	if !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
		return nil, fmt.Errorf("plugin: %s: neither a file in a language that has a launcher (%s) nor executable: use chmod +x if it is a worker by itself",
			spec.File, extensions())
	}
	path, err := filepath.Abs(spec.File)
	if err != nil {
		return nil, fmt.Errorf("plugin: %s: %w", spec.File, err)
	}
	p := &program{path: path, args: []string{spec.File, spec.Module, spec.File}}
	f, err := os.Open(path)
	if err != nil {
		return p, nil
	}
	var magic [2]byte
	if _, err := io.ReadFull(f, magic[:]); err == nil && !bytes.Equal(magic[:], []byte("#!")) {
		if held := descriptorPath(f); held != "" {
			p.path, p.binary = held, f
			return p, nil
		}
	}
	return p, f.Close()
}

func extensions() string {
	var all []string
	for _, l := range sdk.Launchers() {
		all = append(all, l.Extension)
	}
	return strings.Join(all, " ")
}

func (p *program) close() error {
	var errs []error
	for _, h := range []*held{p.code, p.script} {
		if h != nil {
			errs = append(errs, h.close())
		}
	}
	if p.binary != nil {
		errs = append(errs, p.binary.Close())
	}
	return errors.Join(errs...)
}

// open returns the arguments, files and environment of one start, the files to
// be passed from descriptor first on. The caller closes the files.
func (p *program) open(first int) (args []string, files []*os.File, env []string, err error) {
	args = append([]string(nil), p.args...)
	for _, h := range []*held{p.code, p.script} {
		if h == nil {
			continue
		}
		f, err := h.open()
		if err != nil {
			closeAll(files)
			return nil, nil, nil, fmt.Errorf("open the kept text: %w", err)
		}
		fd := strconv.Itoa(first + len(files))
		files = append(files, f)
		if h == p.code {
			env = append(env, "FONDACO_CODE=fd:"+fd)
			continue
		}
		for i := range args {
			if args[i] == scriptArg {
				args[i] = descriptors + fd
			}
		}
	}
	return args, files, env, nil
}

func closeAll(files []*os.File) {
	for _, f := range files {
		_ = f.Close()
	}
}

// settings returns the part of a worker's environment that is the same at each
// start.
func settings(spec config.Plugin) ([]string, error) {
	var env []string
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "FONDACO_") || strings.HasPrefix(e, "FONDACO_CODEC=") {
			env = append(env, e)
		}
	}
	for name, value := range spec.Env {
		env = append(env, name+"="+value)
	}
	file := spec.Command
	if spec.File != "" {
		path, err := filepath.Abs(spec.File)
		if err != nil {
			return nil, fmt.Errorf("plugin: %s: %w", spec.File, err)
		}
		file = path
	}
	env = append(env, "FONDACO_MODULE="+spec.Module, "FONDACO_PLUGIN="+file)
	if spec.Config != nil {
		text, err := json.Marshal(spec.Config)
		if err != nil {
			return nil, fmt.Errorf("%s: config: %w", spec.Module, err)
		}
		env = append(env, "FONDACO_CONFIG="+string(text))
	}
	return env, nil
}

// reason returns why a program cannot be run, without its name.
func reason(err error) error {
	var e *exec.Error
	if errors.As(err, &e) {
		err = e.Err
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return err
}
