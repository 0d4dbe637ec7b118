//go:build unix

package guardian

import (
	"encoding/binary"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// lastResort is how long the guardian tries to end what is below it before it
// exits all the same.
const lastResort = 10 * time.Second

// server is the guardian process. One goroutine, locked to its thread, reads
// the lifeline, forks and signals; another one reaps. A process id in workers
// or orphans is safe to signal while mu is held: only the reaper frees it, and
// holds mu for that. Nobody waits for the host with mu held, except to report
// a start, when the reaper would have to wait for the host as well.
type server struct {
	fd    int
	token string
	null  int

	writing sync.Mutex // held while a frame is written; taken after mu

	mu      sync.Mutex
	wake    *sync.Cond // there is something to reap again, or closing is set
	workers map[int]*worker
	byID    map[uint64]*worker
	orphans orphans
	closing bool
}

// worker is a child that the host asked for and that is not reaped yet.
type worker struct {
	pid int
	id  uint64
}

// run never returns.
func (s *server) run() {
	if err := prepare(s.fd); err != nil {
		_, _ = os.Stderr.WriteString("guardian: " + err.Error() + "\n")
		os.Exit(1)
	}
	null, err := unix.Open(os.DevNull, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		_, _ = os.Stderr.WriteString("guardian: " + os.DevNull + ": " + err.Error() + "\n")
		os.Exit(1)
	}
	s.null = null
	go s.reap()
	s.send(frameHello, 0, nil)
	var in receiver
	for {
		h, body, files, err := in.receive(s.fd)
		if err != nil {
			s.end()
		}
		s.handle(h, body, files)
	}
}

// handle does what one frame asks for.
func (s *server) handle(h header, body []byte, files []int) {
	defer closeAll(files)
	switch h.kind {
	case frameSpawn:
		if len(files) != h.files {
			s.refuse(h.id, stepFiles, syscall.EMFILE)
			return
		}
		c, err := decodeSpec(body)
		if err != nil {
			s.refuse(h.id, stepRead, syscall.EINVAL)
			return
		}
		s.spawn(h.id, c, files)
	case frameSignal:
		id, sig, all, err := decodeSignal(body)
		errno := syscall.EINVAL
		if err == nil {
			errno = s.signal(id, sig, all)
		}
		s.send(frameSignaled, h.id, binary.BigEndian.AppendUint32(nil, uint32(errno)))
	}
}

// spawn forks a worker. The table is locked meanwhile, so that the reaper sees
// no child that is not in it.
func (s *server) spawn(id uint64, c *spec, files []int) {
	attr := &syscall.ProcAttr{Dir: c.dir, Env: append(c.env, InstanceVariable+"="+s.token+"."+strconv.FormatUint(id, 10))}
	for i := range 3 {
		fd := s.null
		if c.std&(1<<i) != 0 {
			if len(files) == 0 {
				s.refuse(id, stepRead, syscall.EINVAL)
				return
			}
			fd, files = files[0], files[1:]
		}
		attr.Files = append(attr.Files, uintptr(fd))
	}
	for _, fd := range files {
		attr.Files = append(attr.Files, uintptr(fd))
	}
	attr.Sys = childAttr(c.credential)
	s.mu.Lock()
	defer s.mu.Unlock()
	pid, err := syscall.ForkExec(c.path, c.args, attr)
	if err != nil {
		s.refuse(id, stepExec, number(err))
		return
	}
	if err := restrict(pid, c); err != nil {
		_ = unix.Kill(-pid, unix.SIGKILL)
		s.wake.Signal()
		s.refuse(id, stepLimit, number(err))
		return
	}
	w := &worker{pid: pid, id: id}
	s.workers[pid], s.byID[id] = w, w
	s.wake.Signal()
	s.send(frameStarted, id, started{pid: pid}.encode())
}

func (s *server) refuse(id uint64, step string, errno syscall.Errno) {
	s.send(frameStarted, id, started{errno: errno, step: step}.encode())
}

// signal signals a worker that is not reaped yet.
func (s *server) signal(id uint64, sig syscall.Signal, all bool) syscall.Errno {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.byID[id]
	if w == nil {
		return syscall.ESRCH
	}
	if all {
		s.remember(w.pid, w.id)
		_ = unix.Kill(-w.pid, sig)
	}
	return number(unix.Kill(w.pid, sig))
}

// end ends everything below and this process. The reaper exits as soon as
// nothing is left.
func (s *server) end() {
	s.mu.Lock()
	s.closing = true
	s.endAll()
	s.wake.Signal()
	s.mu.Unlock()
	time.Sleep(lastResort)
	syscall.Exit(1)
}

// bury takes a dead child out of the table and reports how it ended. It
// returns the report as a function to call once mu is free.
func (s *server) bury(w *worker, status unix.WaitStatus, usage *unix.Rusage) func() {
	delete(s.workers, w.pid)
	delete(s.byID, w.id)
	body := encodeExit(status, usage)
	return func() { s.send(frameExited, w.id, body) }
}

// send writes one frame to the host. Errors are not looked at: when the host
// has gone, the receiver notices.
func (s *server) send(kind byte, id uint64, body []byte) {
	frame := append(header{size: len(body), kind: kind, id: id}.append(nil), body...)
	s.writing.Lock()
	defer s.writing.Unlock()
	for len(frame) > 0 {
		n, err := unix.Write(s.fd, frame)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return
		}
		frame = frame[n:]
	}
}

// number returns the error number in err; an unknown error is EIO.
func number(err error) syscall.Errno {
	if err == nil {
		return 0
	}
	if errno, ok := err.(syscall.Errno); ok {
		return errno
	}
	return syscall.EIO
}

func closeAll(fds []int) {
	for _, fd := range fds {
		_ = unix.Close(fd)
	}
}
