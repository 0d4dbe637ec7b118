package guardian

import (
	"math"

	"golang.org/x/sys/unix"
)

// nobody owns orphans that no living worker can have started.
const nobody = math.MaxUint64

// maxHeirs bounds how many descendants are remembered before a kill.
const maxHeirs = 1 << 16

// orphans says which worker the guardian's other children come from: those
// that it inherited because their parent has ended. An entry of owners is a
// child that is not reaped, so its process id cannot change hands. An heir is
// a descendant that was seen below a process about to be killed; it may have
// ended long since, hence its start time beside it.
type orphans struct {
	owners map[int]uint64
	heirs  map[int]heir
}

type heir struct{ owner, start uint64 }

func newOrphans() orphans {
	return orphans{owners: make(map[int]uint64), heirs: make(map[int]heir)}
}

// forget drops a process that has been reaped.
func (o *orphans) forget(pid int) {
	delete(o.owners, pid)
	delete(o.heirs, pid)
}

// owner finds out whose the orphan is: by what is known of it, or else by the
// token in its environment; 0 when neither tells, or not yet.
func (o *orphans) owner(pid int, token string) uint64 {
	if owner, ok := o.owners[pid]; ok {
		return owner
	}
	owner := uint64(0)
	if h, ok := o.heirs[pid]; ok && startTime(pid) == h.start {
		owner = h.owner
	} else {
		owner = instanceOf(pid, token)
	}
	delete(o.heirs, pid)
	if owner != 0 {
		o.owners[pid] = owner
	}
	return owner
}

// prune drops the heirs that have ended.
func (o *orphans) prune() {
	for pid, h := range o.heirs {
		if startTime(pid) != h.start {
			delete(o.heirs, pid)
		}
	}
}

// remember notes that all descendants of pid are owner's, before pid is killed
// and they lose their parent.
func (s *server) remember(pid int, owner uint64) {
	for _, child := range children(pid) {
		if _, known := s.orphans.heirs[child]; known || len(s.orphans.heirs) >= maxHeirs {
			continue
		}
		s.orphans.heirs[child] = heir{owner, startTime(child)}
		s.remember(child, owner)
	}
}

// endOrphans sends SIGKILL to the orphans whose worker has ended. Only
// children are signalled, which cannot have changed identity; their own
// children become orphans by that, and are found when their parent is reaped.
func (s *server) endOrphans() {
	for _, pid := range inherited() {
		if s.workers[pid] != nil {
			continue
		}
		owner := s.orphans.owner(pid, s.token)
		if owner == 0 {
			if s.mayHaveParent(pid) {
				continue
			}
			owner = nobody
		}
		if s.byID[owner] == nil {
			s.remember(pid, owner)
			_ = unix.Kill(pid, unix.SIGKILL)
		}
	}
	s.orphans.prune()
}

// mayHaveParent reports whether a living worker is older than the orphan pid,
// which shed its token. Such an orphan is left alone until all workers that
// could have started it have ended.
func (s *server) mayHaveParent(pid int) bool {
	born := startTime(pid)
	for worker := range s.workers {
		if startTime(worker) <= born {
			return true
		}
	}
	return false
}

// endAll sends SIGKILL to all workers, their process groups, and all orphans.
// What becomes an orphan by that is found when its parent is reaped.
func (s *server) endAll() {
	for pid := range s.workers {
		_ = unix.Kill(-pid, unix.SIGKILL)
	}
	for _, pid := range inherited() {
		_ = unix.Kill(pid, unix.SIGKILL)
	}
}
