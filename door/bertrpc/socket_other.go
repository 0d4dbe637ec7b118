//go:build !linux

package bertrpc

import (
	"errors"
	"syscall"
)

// hungUp looks at the next byte without taking it. It notices a reset, and
// with eof an end of file, unless the client has sent more that waits before
// it: then the client counts as there.
func hungUp(fd uintptr, eof bool) bool {
	var one [1]byte
	n, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK)
	switch {
	case errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.EINTR):
		return false
	case err != nil:
		return true
	}
	return n == 0 && eof
}

// unread always supposes that bytes wait: the connection is then closed
// the slow way, which is right in any case.
func unread(uintptr) bool { return true }
