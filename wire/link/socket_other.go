//go:build unix && !linux

package link

import (
	"os"

	"golang.org/x/sys/unix"
)

func (s *socket) read(b []byte) (int, error) { return count(unix.Read(s.fd, b)) }

func (s *socket) write(b []byte) (int, error) { return count(unix.Write(s.fd, b)) }

func count(n int, err error) (int, error) { return max(n, 0), err }

// bell is a pipe.
type bell struct{ fds [2]int }

func (b *bell) open() error {
	if err := unix.Pipe(b.fds[:]); err != nil {
		return os.NewSyscallError("pipe", err)
	}
	for _, fd := range b.fds {
		unix.CloseOnExec(fd)
		if err := unix.SetNonblock(fd, true); err != nil {
			b.close()
			return os.NewSyscallError("fcntl", err)
		}
	}
	return nil
}

func (b *bell) reader() int { return b.fds[0] }

func (b *bell) ring() { _, _ = unix.Write(b.fds[1], []byte{1}) }

func (b *bell) silence() {
	var some [64]byte
	_, _ = unix.Read(b.fds[0], some[:])
}

func (b *bell) close() {
	_ = unix.Close(b.fds[0])
	_ = unix.Close(b.fds[1])
}
