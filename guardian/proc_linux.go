package guardian

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"strconv"
)

// maxEnviron bounds how much of a process's environment is looked at.
const maxEnviron = 1 << 20

// children returns the process ids of pid's children. Some may be missing
// while others of them end.
func children(pid int) []int {
	dir := "/proc/" + strconv.Itoa(pid) + "/task/"
	threads, err := names(dir)
	if err != nil {
		return nil
	}
	var out []int
	for _, thread := range threads {
		some, _ := childrenOf(dir + thread)
		out = append(out, some...)
	}
	return out
}

// inherited returns the process ids of the orphans that became children of
// this process, and possibly others of its children. The kernel gives orphans
// to the first thread, so this one list has them all as long as nobody reaps
// meanwhile.
func inherited() []int {
	pid := os.Getpid()
	out, err := childrenOf("/proc/self/task/" + strconv.Itoa(pid))
	if errors.Is(err, fs.ErrNotExist) {
		return scanChildren(pid)
	}
	return out
}

// childrenOf returns the children of one thread, given by its folder.
func childrenOf(thread string) ([]int, error) {
	text, err := os.ReadFile(thread + "/children")
	if err != nil {
		return nil, err
	}
	var out []int
	for _, field := range bytes.Fields(text) {
		if child, err := strconv.Atoi(string(field)); err == nil {
			out = append(out, child)
		}
	}
	return out, nil
}

// scanChildren returns parent's children by looking at every process, for
// kernels that keep no list of children.
func scanChildren(parent int) []int {
	var out []int
	for _, pid := range processes() {
		if field(pid, 4) == uint64(parent) {
			out = append(out, pid)
		}
	}
	return out
}

// processes returns the ids of all processes.
func processes() []int {
	entries, _ := names("/proc")
	var out []int
	for _, name := range entries {
		if pid, err := strconv.Atoi(name); err == nil {
			out = append(out, pid)
		}
	}
	return out
}

// names returns the names in a folder, in no order.
func names(dir string) ([]string, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return f.Readdirnames(-1)
}

// startTime returns when a process was started, in clock ticks since boot; 0
// when there is none.
func startTime(pid int) uint64 { return field(pid, 22) }

// field returns a numeric field of /proc/PID/stat, counted from 1 as in
// proc(5) and beyond the second; 0 when the process has gone.
func field(pid, n int) uint64 {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0
	}
	// The second field, the name in parentheses, may contain anything.
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(fields) <= n-3 {
		return 0
	}
	value, _ := strconv.ParseUint(string(fields[n-3]), 10, 64)
	return value
}

// isZombie reports whether a process has ended and was not reaped yet.
func isZombie(pid int) bool {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err == nil && bytes.HasPrefix(text[bytes.LastIndexByte(text, ')')+1:], []byte(" Z"))
}

// instanceOf returns the number of the worker whose token is in the
// environment of pid; 0 when there is none, or it cannot be read.
func instanceOf(pid int, token string) uint64 {
	f, err := os.Open("/proc/" + strconv.Itoa(pid) + "/environ")
	if err != nil {
		return 0
	}
	defer func() { _ = f.Close() }()
	environ, _ := io.ReadAll(io.LimitReader(f, maxEnviron))
	for entry := range bytes.SplitSeq(environ, []byte{0}) {
		rest, ok := bytes.CutPrefix(entry, []byte(InstanceVariable+"="+token+"."))
		if !ok {
			continue
		}
		if id, err := strconv.ParseUint(string(rest), 10, 64); err == nil {
			return id
		}
	}
	return 0
}
