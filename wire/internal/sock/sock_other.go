//go:build unix && !linux

package sock

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// prepare makes the descriptors non-blocking.
func (s *Socket) prepare() error {
	return errors.Join(unix.SetNonblock(s.in, true), unix.SetNonblock(s.out, true))
}

// Await reads like Read.
func (s *Socket) Await(b []byte) (int, error) { return s.Read(b) }

// Read reads what is there.
func (s *Socket) Read(b []byte) (int, error) { return count(unix.Read(s.in, b)) }

// Write writes what there is room for.
func (s *Socket) Write(b []byte) (int, error) { return count(unix.Write(s.out, b)) }

func count(n int, err error) (int, error) { return max(n, 0), err }

// Bell wakes whoever polls its Reader. It is a pipe.
type Bell struct{ fds [2]int }

// Open makes the descriptor.
func (b *Bell) Open() error {
	if err := unix.Pipe(b.fds[:]); err != nil {
		return os.NewSyscallError("pipe", err)
	}
	for _, fd := range b.fds {
		unix.CloseOnExec(fd)
		if err := unix.SetNonblock(fd, true); err != nil {
			b.Close()
			return os.NewSyscallError("fcntl", err)
		}
	}
	return nil
}

// Reader returns the descriptor to poll.
func (b *Bell) Reader() int { return b.fds[0] }

// Ring makes the descriptor readable.
func (b *Bell) Ring() { _, _ = unix.Write(b.fds[1], []byte{1}) }

// Silence undoes Ring.
func (b *Bell) Silence() {
	var some [64]byte
	_, _ = unix.Read(b.fds[0], some[:])
}

// Close frees the descriptor.
func (b *Bell) Close() {
	_ = unix.Close(b.fds[0])
	_ = unix.Close(b.fds[1])
}
