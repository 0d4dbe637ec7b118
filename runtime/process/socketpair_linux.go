package process

import (
	"os"

	"golang.org/x/sys/unix"
)

// socketpair returns two connected stream sockets, closed on exec.
func socketpair() ([2]int, error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	return fds, os.NewSyscallError("socketpair", err)
}

// pipe returns the ends of a pipe for reading and writing, closed on exec.
func pipe() (fds [2]int, err error) {
	err = unix.Pipe2(fds[:], unix.O_CLOEXEC)
	return fds, os.NewSyscallError("pipe2", err)
}
