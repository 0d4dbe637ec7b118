package sock

import (
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Read reads what is there. Like Write it goes around the scheduler's
// bookkeeping for blocking calls, for it never blocks.
func (s *Socket) Read(b []byte) (int, error) {
	n, _, errno := syscall.RawSyscall(syscall.SYS_READ, uintptr(s.in), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
	return counted(n, errno)
}

// Write writes what there is room for.
func (s *Socket) Write(b []byte) (int, error) {
	n, _, errno := syscall.RawSyscall(syscall.SYS_WRITE, uintptr(s.out), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
	return counted(n, errno)
}

func counted(n uintptr, errno syscall.Errno) (int, error) {
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

// Bell wakes whoever polls its Reader. It is an eventfd.
type Bell struct{ fd int }

// Open makes the descriptor.
func (b *Bell) Open() error {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	b.fd = fd
	return os.NewSyscallError("eventfd", err)
}

// Reader returns the descriptor to poll.
func (b *Bell) Reader() int { return b.fd }

// Ring makes the descriptor readable.
func (b *Bell) Ring() {
	one := [8]byte{0, 0, 0, 0, 0, 0, 0, 1}
	_, _ = unix.Write(b.fd, one[:])
}

// Silence undoes Ring.
func (b *Bell) Silence() {
	var count [8]byte
	_, _ = unix.Read(b.fd, count[:])
}

// Close frees the descriptor.
func (b *Bell) Close() { _ = unix.Close(b.fd) }
