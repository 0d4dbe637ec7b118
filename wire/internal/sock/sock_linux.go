package sock

import (
	"errors"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// nap is how long Await sleeps at most, in nanoseconds.
const nap = 2_000_000

// prepare makes pipes non-blocking. A socket stays as it is: each call says
// whether it may block.
func (s *Socket) prepare() error {
	if s.in != s.out {
		return errors.Join(unix.SetNonblock(s.in, true), unix.SetNonblock(s.out, true))
	}
	limit := unix.NsecToTimeval(nap)
	return errors.Join(unix.SetNonblock(s.in, false), unix.SetsockoptTimeval(s.in, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &limit))
}

// Read reads what is there. Like Write it goes around the scheduler's
// bookkeeping for blocking calls, for it never blocks.
func (s *Socket) Read(b []byte) (int, error) {
	data, size := uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b))
	if s.in != s.out {
		n, _, errno := syscall.RawSyscall(syscall.SYS_READ, uintptr(s.in), data, size)
		return counted(n, errno)
	}
	n, _, errno := syscall.RawSyscall6(syscall.SYS_RECVFROM, uintptr(s.in), data, size, syscall.MSG_DONTWAIT, 0, 0)
	return counted(n, errno)
}

// Await reads from a socket and sleeps a short while if there is nothing: one
// system call in place of Poll and Read. A ring does not wake it.
func (s *Socket) Await(b []byte) (int, error) {
	n, _, errno := syscall.Syscall6(syscall.SYS_RECVFROM, uintptr(s.in), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), 0, 0, 0)
	return counted(n, errno)
}

// Write writes what there is room for.
func (s *Socket) Write(b []byte) (int, error) {
	data, size := uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b))
	if s.in != s.out {
		n, _, errno := syscall.RawSyscall(syscall.SYS_WRITE, uintptr(s.out), data, size)
		return counted(n, errno)
	}
	n, _, errno := syscall.RawSyscall6(syscall.SYS_SENDTO, uintptr(s.out), data, size, syscall.MSG_DONTWAIT|syscall.MSG_NOSIGNAL, 0, 0)
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
