//go:build unix && !linux

package guardian

import (
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// What the lifeline's calls need on this system.
const (
	hangUp       = unix.POLLHUP
	receiveFlags = 0
)

// resources is empty: these systems cannot limit another process.
var resources = map[string]int{}

// self is the path of this process's binary. A file that was replaced since is
// executed in its new form.
func self() (string, error) { return os.Executable() }

// socketpair returns two connected stream sockets, both closed on exec.
func socketpair() ([2]int, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		return pair, os.NewSyscallError("socketpair", err)
	}
	unix.CloseOnExec(pair[0])
	unix.CloseOnExec(pair[1])
	return pair, nil
}

// restrict applies c's priority to a worker that has just been started.
func restrict(pid int, c *spec) error {
	if c.nice == 0 {
		return nil
	}
	err := unix.Setpriority(unix.PRIO_PGRP, pid, c.nice)
	if err == unix.ESRCH {
		return nil
	}
	return err
}

// childAttr gives a worker its own process group. Nothing here ends a worker
// together with its guardian.
func childAttr(c *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Credential: c}
}

// settle does nothing: these systems give orphans to process 1.
func settle() error { return nil }

// sweep does nothing: there is no /proc to find processes by their
// environment. The workers of a lost guardian end when they notice that their
// own sockets have no other end.
func sweep(string, int) {}

// endedWell does not wait: there would be nothing to do about it.
func endedWell(int) bool { return true }

// maxrssUnit is the unit of rusage's maxrss in bytes.
var maxrssUnit = func() uint64 {
	if runtime.GOOS == "darwin" || runtime.GOOS == "ios" {
		return 1
	}
	return 1 << 10
}()
