package link

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// socket is a non-blocking stream socket and the descriptor that wakes whoever
// waits for it.
type socket struct {
	fd   int
	bell bell
	fds  [2]unix.PollFd // the leader's
}

func (s *socket) open(fd int) error {
	if err := unix.SetNonblock(fd, true); err != nil {
		return os.NewSyscallError("fcntl", err)
	}
	s.fd = fd
	if err := s.bell.open(); err != nil {
		return err
	}
	s.fds = [2]unix.PollFd{{Fd: int32(fd)}, {Fd: int32(s.bell.reader()), Events: unix.POLLIN}}
	return nil
}

// poll sleeps until there is something to read, room to write (when asked
// for), or a kick. An end or error counts as readable.
func (s *socket) poll(output bool) (readable, writable bool) {
	s.fds[0].Events = unix.POLLIN
	if output {
		s.fds[0].Events |= unix.POLLOUT
	}
	s.fds[0].Revents, s.fds[1].Revents = 0, 0
	if _, err := unix.Poll(s.fds[:], -1); err != nil {
		return false, false
	}
	if s.fds[1].Revents != 0 {
		s.bell.silence()
	}
	got := s.fds[0].Revents
	return got&^unix.POLLOUT != 0, got&unix.POLLOUT != 0
}

func (s *socket) kick() { s.bell.ring() }

// shutdown ends both directions. What has arrived can still be read.
func (s *socket) shutdown() { _ = unix.Shutdown(s.fd, unix.SHUT_RDWR) }

func (s *socket) close() {
	_ = unix.Close(s.fd)
	s.bell.close()
}

func wouldBlock(err error) bool {
	return errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR)
}
