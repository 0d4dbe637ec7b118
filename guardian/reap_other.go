//go:build unix && !linux

package guardian

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// orphans is empty: without a subreaper the guardian has no other children
// than its workers.
type orphans struct{}

func newOrphans() orphans { return orphans{} }

// remember does nothing: a descendant outside its worker's process group is
// not found on this system.
func (s *server) remember(int, uint64) {}

// reap buries dead workers for ever, and ends their process groups. A worker's
// process id is free for others from wait4 until the table is locked: for that
// moment a signal may go astray.
func (s *server) reap() {
	for {
		var status unix.WaitStatus
		var usage unix.Rusage
		pid, err := unix.Wait4(-1, &status, 0, &usage)
		if err == unix.ECHILD {
			s.rest()
		}
		if err != nil {
			continue
		}
		s.mu.Lock()
		w := s.workers[pid]
		report := func() {}
		if w != nil {
			_ = unix.Kill(-pid, unix.SIGKILL)
			report = s.bury(w, status, &usage)
		}
		s.mu.Unlock()
		report()
	}
}

// rest waits until there is a worker again. With closing set, it is the end.
func (s *server) rest() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.workers) > 0 {
		return
	}
	if s.closing {
		syscall.Exit(0)
	}
	s.wake.Wait()
}

// endAll sends SIGKILL to the process groups of all workers.
func (s *server) endAll() {
	for pid := range s.workers {
		_ = unix.Kill(-pid, unix.SIGKILL)
		_ = unix.Kill(pid, unix.SIGKILL)
	}
}
