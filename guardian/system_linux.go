package guardian

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// What the lifeline's calls need on this system.
const (
	hangUp       = unix.POLLRDHUP
	receiveFlags = unix.MSG_CMSG_CLOEXEC
)

// resources are the limits a Command may set.
var resources = map[string]int{
	"as": unix.RLIMIT_AS, "core": unix.RLIMIT_CORE, "cpu": unix.RLIMIT_CPU, "data": unix.RLIMIT_DATA, "fsize": unix.RLIMIT_FSIZE,
	"memlock": unix.RLIMIT_MEMLOCK, "nofile": unix.RLIMIT_NOFILE, "nproc": unix.RLIMIT_NPROC, "stack": unix.RLIMIT_STACK,
}

// self is the path by which this process can execute its own binary, even
// after the file was replaced or removed.
func self() (string, error) { return "/proc/self/exe", nil }

// socketpair returns two connected stream sockets, both closed on exec.
func socketpair() ([2]int, error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	return pair, os.NewSyscallError("socketpair", err)
}

// restrict applies c's limits and priority to a worker that has just been
// started. A worker that has ended already needs none.
func restrict(pid int, c *spec) error {
	for _, l := range c.limits {
		var old unix.Rlimit
		if err := unix.Prlimit(pid, int(l.resource), nil, &old); err != nil {
			return ended(err)
		}
		value := min(l.value, old.Max)
		if err := unix.Prlimit(pid, int(l.resource), &unix.Rlimit{Cur: value, Max: value}, nil); err != nil {
			return ended(err)
		}
	}
	if c.nice != 0 {
		if err := unix.Setpriority(unix.PRIO_PGRP, pid, c.nice); err != nil {
			return ended(err)
		}
	}
	if c.oom != 0 {
		f, err := unix.Open("/proc/"+strconv.Itoa(pid)+"/oom_score_adj", unix.O_WRONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return ended(err)
		}
		_, err = unix.Write(f, []byte(strconv.Itoa(c.oom)))
		_ = unix.Close(f)
		return ended(err)
	}
	return nil
}

// ended drops the errors that only say that the process has ended.
func ended(err error) error {
	if err == unix.ESRCH || err == unix.ENOENT {
		return nil
	}
	return err
}
