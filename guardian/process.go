//go:build unix

package guardian

import (
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Process is a worker that Spawn started. Its methods may be called from any
// goroutine.
type Process struct {
	session *session
	id      uint64
	pid     int

	answered chan struct{} // closed once pid or failure is final
	failure  error
	done     chan struct{}
	state    State // final once done is closed
}

// State is how a worker ended.
type State struct {
	ExitCode int            // -1 unless the worker exited by itself
	Signal   syscall.Signal // the signal that ended it, else 0
	CoreDump bool
	User     time.Duration // processor time, with that of the children it waited for
	System   time.Duration
	MaxRSS   int64 // bytes
	// Err says why nothing is known of how the worker ended: its guardian was
	// lost, and the worker with it. All other fields are then meaningless.
	Err error
}

// Success reports whether the worker exited with status 0.
func (s State) Success() bool { return s.Err == nil && s.Signal == 0 && s.ExitCode == 0 }

// String returns for example "exit status 3" or "killed by signal 9
// (SIGKILL)".
func (s State) String() string {
	if s.Err != nil {
		return s.Err.Error()
	}
	if s.Signal == 0 {
		return fmt.Sprintf("exit status %d", s.ExitCode)
	}
	text := fmt.Sprintf("killed by signal %d", int(s.Signal))
	if name := unix.SignalName(s.Signal); name != "" {
		text += " (" + name + ")"
	}
	if s.CoreDump {
		text += ", core dumped"
	}
	return text
}

// Pid returns the worker's process id, which is also the id of its process
// group. Once the worker has ended the number may belong to somebody else:
// use Signal and Kill instead of it.
func (p *Process) Pid() int { return p.pid }

// Done is closed once the worker has ended and all that it left behind, as far
// as it can be found, has been sent SIGKILL.
func (p *Process) Done() <-chan struct{} { return p.done }

// State returns how the worker ended. It waits for Done.
func (p *Process) State() State {
	<-p.done
	return p.state
}

// Signal sends sig to the worker, and to it alone. It returns
// os.ErrProcessDone when the worker has ended: a process that has the same
// number by then is never reached.
func (p *Process) Signal(sig syscall.Signal) error { return p.signal(sig, false) }

// Kill sends SIGKILL to the worker and all its descendants, also to those that
// left its process group or session or that were forked twice. It returns as
// soon as the worker has been sent the signal; Done tells when it has ended.
// It returns os.ErrProcessDone when the worker has ended already.
func (p *Process) Kill() error { return p.signal(syscall.SIGKILL, true) }

func (p *Process) signal(sig syscall.Signal, all bool) error {
	select {
	case <-p.done:
		return os.ErrProcessDone
	default:
	}
	err := p.session.signal(p.id, sig, all)
	if err == syscall.ESRCH {
		return os.ErrProcessDone
	}
	if err != nil {
		return fmt.Errorf("guardian: signal %d to process %d: %w", int(sig), p.pid, err)
	}
	return nil
}
