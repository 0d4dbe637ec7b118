package guardian

import (
	"time"

	"golang.org/x/sys/unix"
)

// How long and how often the host looks for what a lost guardian left behind.
const (
	sweepTime  = 2 * time.Second
	sweepPause = time.Millisecond
)

// exited is the kernel's CLD_EXITED: the child was not ended by a signal.
const exited = 1

// endedWell waits for the guardian process pid to end, and reports whether it
// did so of itself, with nothing left below it. It leaves a zombie: as long as
// that is not reaped, nobody else's session can have its number.
func endedWell(pid int) bool {
	info, err := inspect(unix.P_PID, pid, 0)
	return err == nil && info.code == exited && info.union.status == 0
}

// sweep sends SIGKILL to every process that bears token or is in the session
// of the guardian, until there is none or the time is over. It is the host's
// last means, after its guardian was lost: a process that shed both its
// environment and its session is not found.
func sweep(token string, guardian int) {
	for end := time.Now().Add(sweepTime); sweepOnce(token, guardian) && time.Now().Before(end); {
		time.Sleep(sweepPause)
	}
}

// isOurs reports whether sweep looks for the process pid. The guardian is a
// zombie by then, as others may be that nobody has reaped yet.
func isOurs(pid int, token string, guardian int) bool {
	if pid == guardian {
		return false
	}
	return instanceOf(pid, token) != 0 || (field(pid, 6) == uint64(guardian) && !isZombie(pid))
}

// sweepOnce reports whether it found a process to kill.
func sweepOnce(token string, guardian int) bool {
	found := false
	for _, pid := range processes() {
		if !isOurs(pid, token, guardian) {
			continue
		}
		// The handle is taken before the process is looked at again, so that
		// the signal cannot reach another process with this id.
		handle, err := unix.PidfdOpen(pid, 0)
		if err == unix.ENOSYS {
			found = unix.Kill(pid, unix.SIGKILL) == nil || found
			continue
		}
		if err != nil {
			continue
		}
		if isOurs(pid, token, guardian) {
			found = unix.PidfdSendSignal(handle, unix.SIGKILL, nil, 0) == nil || found
		}
		_ = unix.Close(handle)
	}
	return found
}
