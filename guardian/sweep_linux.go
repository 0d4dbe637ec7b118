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

// sweep sends SIGKILL to every process that bears token, until there is none
// or the time is over. It is the host's last means, after its guardian was
// lost: a process that shed its environment is not found.
func sweep(token string) {
	for end := time.Now().Add(sweepTime); sweepOnce(token) && time.Now().Before(end); {
		time.Sleep(sweepPause)
	}
}

// sweepOnce reports whether it found a process to kill.
func sweepOnce(token string) bool {
	found := false
	for _, pid := range processes() {
		if instanceOf(pid, token) == 0 {
			continue
		}
		// The handle is taken before the environment is looked at again, so
		// that the signal cannot reach another process with this id.
		handle, err := unix.PidfdOpen(pid, 0)
		if err == unix.ENOSYS {
			found = unix.Kill(pid, unix.SIGKILL) == nil || found
			continue
		}
		if err != nil {
			continue
		}
		if instanceOf(pid, token) != 0 {
			found = unix.PidfdSendSignal(handle, unix.SIGKILL, nil, 0) == nil || found
		}
		_ = unix.Close(handle)
	}
	return found
}
