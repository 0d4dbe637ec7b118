package link

import (
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// read and write go around the scheduler's bookkeeping for blocking calls: the
// socket never blocks.
func (s *socket) read(b []byte) (int, error) {
	n, _, errno := syscall.RawSyscall(syscall.SYS_READ, uintptr(s.fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
	return counted(n, errno)
}

func (s *socket) write(b []byte) (int, error) {
	n, _, errno := syscall.RawSyscall6(syscall.SYS_SENDTO, uintptr(s.fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)),
		syscall.MSG_NOSIGNAL, 0, 0)
	return counted(n, errno)
}

func counted(n uintptr, errno syscall.Errno) (int, error) {
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

// bell is an eventfd.
type bell struct{ fd int }

func (b *bell) open() error {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	b.fd = fd
	return os.NewSyscallError("eventfd", err)
}

func (b *bell) reader() int { return b.fd }

func (b *bell) ring() {
	one := [8]byte{0, 0, 0, 0, 0, 0, 0, 1}
	_, _ = unix.Write(b.fd, one[:])
}

func (b *bell) silence() {
	var count [8]byte
	_, _ = unix.Read(b.fd, count[:])
}

func (b *bell) close() { _ = unix.Close(b.fd) }
