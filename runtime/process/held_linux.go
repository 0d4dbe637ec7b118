package process

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// descriptors is the folder where a process finds its open files by number.
const descriptors = "/proc/self/fd/"

// held is a text kept in an anonymous file that nobody can change.
type held struct{ file *os.File }

func hold(name string, text []byte) (*held, error) {
	fd, err := unix.MemfdCreate("fondaco-"+name, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, os.NewSyscallError("memfd_create", err)
	}
	f := os.NewFile(uintptr(fd), "fondaco-"+name)
	_, err = f.Write(text)
	if err == nil {
		_, err = unix.FcntlInt(f.Fd(), unix.F_ADD_SEALS, unix.F_SEAL_WRITE|unix.F_SEAL_GROW|unix.F_SEAL_SHRINK|unix.F_SEAL_SEAL)
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return &held{f}, nil
}

// open returns the text as a file of its own, at its start.
func (h *held) open() (*os.File, error) { return os.Open(descriptors + fmt.Sprint(h.file.Fd())) }

func (h *held) close() error { return h.file.Close() }

// descriptorPath returns a path by which another process can execute f as long
// as it is open here.
func descriptorPath(f *os.File) string { return fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), f.Fd()) }
