//go:build unix

package guardian

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
)

// InstanceVariable is the environment variable that every worker and all its
// children bear: "TOKEN.NUMBER", the token one per guardian process, the
// number one per worker. Spawn sets it and drops an inherited one.
const InstanceVariable = "FONDACO_INSTANCE"

// Command says what Spawn starts.
type Command struct {
	// Path is the executable. Without a slash it is looked up in the host's
	// PATH; a relative one is relative to the host's working directory.
	Path string
	// Args is the whole argument vector, its first element the name that ps
	// shows. Empty means Path alone.
	Args []string
	// Env is the whole environment; nil means the host's own.
	Env []string
	// Dir is the working directory; empty means the host's own.
	Dir string
	// Stdin, Stdout and Stderr become descriptors 0, 1 and 2; nil means
	// /dev/null. Files become 3, 4, 5 and so on, at most 64 of them. They are
	// switched to blocking mode, must stay open until Spawn returns, and remain
	// the caller's to close.
	Stdin, Stdout, Stderr *os.File
	Files                 []*os.File
	// Credential is the user the worker runs as; nil means the host's.
	Credential *syscall.Credential
	// Nice is set as the worker's priority unless it is 0.
	Nice int
	// OOMScoreAdj is the worker's /proc/PID/oom_score_adj unless it is 0;
	// Linux only, ignored elsewhere.
	OOMScoreAdj int
	// Limits are resource limits by the kernel's names in lower case (as, core,
	// cpu, data, fsize, memlock, nofile, nproc, stack), in bytes, seconds or
	// counts, soft and hard alike; one above the present hard limit means that
	// hard limit. Linux only, an error elsewhere. Nice, OOMScoreAdj and Limits
	// are applied right after exec: what a worker does in its first moments, in
	// practice while its interpreter is still being loaded, may escape them.
	Limits map[string]uint64
}

// Bounds of a Command.
const (
	maxFiles   = 64
	maxCommand = 4 << 20
)

// resolve turns c into what the guardian needs, with absolute paths, and the
// files to send in the order of their descriptors.
func (c *Command) resolve() (*spec, []*os.File, error) {
	if len(c.Files) > maxFiles {
		return nil, nil, fmt.Errorf("guardian: start %s: %d files, at most %d can be passed", c.Path, len(c.Files), maxFiles)
	}
	path, err := c.lookUp()
	if err != nil {
		return nil, nil, err
	}
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return nil, nil, fmt.Errorf("guardian: start %s: working directory: %w", c.Path, err)
	}
	s := &spec{path: path, dir: dir, args: c.Args, credential: c.Credential, nice: c.Nice, oom: c.OOMScoreAdj}
	if len(s.args) == 0 {
		s.args = []string{c.Path}
	}
	s.env = environment(c.Env)
	for _, text := range [][]string{{path, dir}, s.args, s.env} {
		for _, t := range text {
			if strings.IndexByte(t, 0) >= 0 {
				return nil, nil, fmt.Errorf("guardian: start %s: %q contains a zero byte: %w", c.Path, t, syscall.EINVAL)
			}
		}
	}
	if s.limits, err = c.limits(); err != nil {
		return nil, nil, err
	}
	var files []*os.File
	for i, f := range []*os.File{c.Stdin, c.Stdout, c.Stderr} {
		if f != nil {
			s.std |= 1 << i
			files = append(files, f)
		}
	}
	for i, f := range c.Files {
		if f == nil {
			return nil, nil, fmt.Errorf("guardian: start %s: file %d is nil", c.Path, i+3)
		}
	}
	return s, append(files, c.Files...), nil
}

// lookUp returns c's executable as an absolute path.
func (c *Command) lookUp() (string, error) {
	if c.Path == "" {
		return "", errors.New("guardian: start: the command has no path")
	}
	path := c.Path
	if !strings.Contains(path, "/") {
		found, err := exec.LookPath(path)
		if err != nil {
			return "", fmt.Errorf("guardian: start: %w", err)
		}
		path = found
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("guardian: start %s: %w", c.Path, err)
	}
	return path, nil
}

// limits returns c's limits by the kernel's numbers, in a stable order.
func (c *Command) limits() ([]limit, error) {
	var out []limit
	for name, value := range c.Limits {
		resource, ok := resources[name]
		if !ok {
			return nil, fmt.Errorf("guardian: start %s: there is no limit %q on this system", c.Path, name)
		}
		out = append(out, limit{uint32(resource), value})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].resource < out[j].resource })
	return out, nil
}

// environment returns env, or the host's environment when env is nil, without
// the variables of this package.
func environment(env []string) []string {
	if env == nil {
		env = os.Environ()
	}
	out := make([]string, 0, len(env))
	for _, e := range env {
		name, _, _ := strings.Cut(e, "=")
		if name != InstanceVariable && name != marker {
			out = append(out, e)
		}
	}
	return out
}

// explain turns the error number that starting c came to into an error that
// names the path and, where the number alone misleads, the likely reason.
func (c *Command) explain(s *spec, step string, errno syscall.Errno) error {
	err := &os.PathError{Op: step, Path: s.path, Err: errno}
	switch {
	case step != stepExec:
	case errno == syscall.ENOENT || errno == syscall.ENOTDIR:
		if _, e := os.Stat(s.dir); e != nil {
			return fmt.Errorf("guardian: start %s: working directory: %w", c.Path, e)
		}
		if _, e := os.Stat(s.path); e == nil {
			return fmt.Errorf("guardian: %w: the interpreter in its first line is missing", err)
		}
	case errno == syscall.ENOEXEC:
		return fmt.Errorf("guardian: %w: neither a program for this machine nor a script with a #! line", err)
	}
	return fmt.Errorf("guardian: %w", err)
}
