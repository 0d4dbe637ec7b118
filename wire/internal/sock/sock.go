//go:build unix

// Package sock is what the wires need of the system: descriptors that block
// only when asked to, and a way to sleep until there is something to do with
// them, or somebody rings.
package sock

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// Socket is a stream socket, or two pipes, and the bell that wakes whoever
// polls it. One goroutine at a time may poll and read, and one may write.
type Socket struct {
	in, out int
	bell    Bell
	fds     [3]unix.PollFd
}

// Open takes over the descriptors in, to read from, and out, to write to, which
// may be the same. It closes them when it fails.
func (s *Socket) Open(in, out int) error {
	s.in, s.out = in, out
	err := s.prepare()
	if err == nil {
		err = s.bell.Open()
	}
	if err != nil {
		s.closeBoth()
		return fmt.Errorf("prepare descriptors: %w", err)
	}
	s.fds = [3]unix.PollFd{{Fd: int32(in)}, {Fd: int32(s.bell.Reader()), Events: unix.POLLIN}, {Fd: -1}}
	if out != in {
		s.fds[2] = unix.PollFd{Fd: int32(out), Events: unix.POLLOUT}
	}
	return nil
}

// FD returns the descriptor that is read from.
func (s *Socket) FD() int { return s.in }

// Poll sleeps until there is something to read, room to write (when output
// says so), or a ring. An end or error counts as readable.
func (s *Socket) Poll(output bool) (readable, writable bool) {
	fds := s.fds[:2]
	fds[0].Events = unix.POLLIN
	if output && s.in == s.out {
		fds[0].Events |= unix.POLLOUT
	} else if output {
		fds = s.fds[:]
	}
	if _, err := unix.Poll(fds, -1); err != nil {
		return false, false
	}
	if fds[1].Revents != 0 {
		s.bell.Silence()
	}
	got := fds[0].Revents
	readable, writable = got&^unix.POLLOUT != 0, got&unix.POLLOUT != 0
	if len(fds) == 3 {
		writable = fds[2].Revents != 0
	}
	return readable, writable
}

// Ring wakes whoever polls, or the next to do so.
func (s *Socket) Ring() { s.bell.Ring() }

// Shutdown ends both directions of a socket. What has arrived can still be
// read.
func (s *Socket) Shutdown() { _ = unix.Shutdown(s.in, unix.SHUT_RDWR) }

// Close closes all descriptors.
func (s *Socket) Close() {
	s.closeBoth()
	s.bell.Close()
}

func (s *Socket) closeBoth() {
	_ = unix.Close(s.in)
	if s.out != s.in {
		_ = unix.Close(s.out)
	}
}

// WouldBlock reports whether err only says that there is nothing to do now.
func WouldBlock(err error) bool { return errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR) }
