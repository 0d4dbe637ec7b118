//go:build unix

package plugin

import (
	"errors"
	"io"
	"syscall"
)

// prepare keeps the socket from the worker's own children, and makes its calls
// block: one thread of the worker waits in read, which wakes it faster than the
// poller would.
func prepare(fd int) error {
	syscall.CloseOnExec(fd)
	return syscall.SetNonblock(fd, false)
}

// receive reads what there is into buf, and waits when there is nothing. It
// fails with io.EOF when the host has gone.
func receive(fd int, buf []byte) (int, error) {
	for {
		n, err := syscall.Read(fd, buf)
		switch {
		case err == syscall.EINTR:
			continue
		case errors.Is(err, syscall.ECONNRESET), n == 0 && err == nil:
			return 0, io.EOF
		case err != nil:
			return 0, err
		}
		return n, nil
	}
}

// sendNow sends what the socket has room for.
func sendNow(fd int, buf []byte) (int, error) {
	for {
		n, err := syscall.SendmsgN(fd, buf, nil, nil, syscall.MSG_DONTWAIT)
		if err != syscall.EINTR {
			return n, err
		}
	}
}

// sendAll sends buf, and waits for room.
func sendAll(fd int, buf []byte) error {
	for len(buf) > 0 {
		n, err := syscall.Write(fd, buf)
		if err != nil && err != syscall.EINTR {
			return err
		}
		buf = buf[max(n, 0):]
	}
	return nil
}

// shut ends what is under way on the socket, and closes it.
func shut(fd int) {
	_ = syscall.Shutdown(fd, syscall.SHUT_RDWR)
	_ = syscall.Close(fd)
}
