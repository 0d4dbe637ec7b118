package guardian

import (
	"math"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// harvestMax bounds how many dead children are buried before the living ones
// are looked at again.
const harvestMax = 256

// maxrssUnit is the unit of rusage's maxrss in bytes.
const maxrssUnit = 1 << 10

// settle makes orphans below this process its children, keeps descriptors that
// it inherited itself from its workers, and gives it a name where "exe" would
// stand.
func settle() error {
	_ = os.WriteFile("/proc/self/comm", []byte("guardian"), 0)
	_ = unix.CloseRange(lifelineFD, math.MaxInt32, unix.CLOSE_RANGE_CLOEXEC)
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return os.NewSyscallError("prctl PR_SET_CHILD_SUBREAPER", err)
	}
	return nil
}

// childAttr gives a worker its own process group, and its end when the thread
// that forks it ends.
func childAttr(c *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL, Credential: c}
}

// reap buries dead children for ever. A child is looked at while it is still a
// zombie: until then nobody else can have its process id, and all that it left
// behind has become a child of this process.
func (s *server) reap() {
	for {
		switch _, err := deadChild(0); err {
		case nil:
			s.harvest()
		case unix.ECHILD:
			s.rest()
		}
	}
}

// rest waits until there may be a child again. There is none now; with
// closing set, that is the end.
func (s *server) rest() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := deadChild(unix.WNOHANG); err != unix.ECHILD {
		return
	}
	if s.closing {
		syscall.Exit(0)
	}
	s.wake.Wait()
}

// harvest buries the dead, ends what they left behind, and reports.
func (s *server) harvest() {
	var reports []func()
	s.mu.Lock()
	for range harvestMax {
		pid, err := deadChild(unix.WNOHANG)
		if err != nil || pid == 0 {
			break
		}
		w := s.workers[pid]
		if w != nil {
			_ = unix.Kill(-pid, unix.SIGKILL)
		}
		var status unix.WaitStatus
		var usage unix.Rusage
		if got, err := unix.Wait4(pid, &status, unix.WNOHANG, &usage); err != nil || got != pid {
			break
		}
		s.orphans.forget(pid)
		if w != nil {
			reports = append(reports, s.bury(w, status, &usage))
		}
	}
	if s.closing {
		s.endAll()
	} else {
		s.endOrphans()
	}
	s.mu.Unlock()
	for _, report := range reports {
		report()
	}
}

// deadChild returns the process id of a dead child without burying it; 0 when
// options has WNOHANG and all live; ECHILD when there is no child at all.
func deadChild(options int) (int, error) {
	info, err := inspect(unix.P_ALL, 0, options)
	return int(info.union.pid), err
}

// childInfo is the head of the kernel's siginfo for a child, which package unix
// keeps closed: three numbers, alignment for the union, its first fields.
type childInfo struct {
	signo, errno, code int32
	union              struct {
		_      [0]uintptr
		pid    int32
		uid    uint32
		status int32
	}
}

// inspect waits for a child to end and leaves it a zombie.
func inspect(kind, id, options int) (childInfo, error) {
	for {
		var info unix.Siginfo
		err := unix.Waitid(kind, id, &info, unix.WEXITED|unix.WNOWAIT|options, nil)
		if err != unix.EINTR {
			return *(*childInfo)(unsafe.Pointer(&info)), err
		}
	}
}
