//go:build unix

package guardian

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// How long the host waits for its guardian, and how many workers it may have.
const (
	answerTimeout = 10 * time.Second // to accept a frame, to answer a signal, to get ready
	maxProcesses  = 16384
)

var errNoAnswer = errors.New("the guardian process does not answer")

// session is the host's side of one guardian process, from its launch to its
// end.
type session struct {
	process *os.Process
	conn    *net.UnixConn
	token   string
	ready   chan struct{} // closed at the guardian's first frame
	lost    chan struct{} // closed when the lifeline has ended: nothing can be asked any more
	over    chan struct{} // closed when all is reported, and the guardian and its workers have gone
	turn    chan struct{} // held while a frame is written

	mu        sync.Mutex
	closing   bool
	last      uint64 // the last id given to a process or a signal
	processes map[uint64]*Process
	signals   map[uint64]chan syscall.Errno
}

func newSession(process *os.Process, conn *net.UnixConn, token string) *session {
	return &session{
		process: process, conn: conn, token: token,
		ready: make(chan struct{}), lost: make(chan struct{}), over: make(chan struct{}), turn: make(chan struct{}, 1),
		processes: make(map[uint64]*Process), signals: make(map[uint64]chan syscall.Errno),
	}
}

func (s *session) ended() bool {
	select {
	case <-s.lost:
		return true
	default:
		return false
	}
}

// spawn asks for a worker and waits for the answer. Exactly one of an error, a
// reply with an error number and a running Process is returned.
func (s *session) spawn(ctx context.Context, body []byte, files []*os.File) (*Process, started, error) {
	p := &Process{session: s, answered: make(chan struct{}), done: make(chan struct{})}
	s.mu.Lock()
	if len(s.processes) >= maxProcesses {
		s.mu.Unlock()
		return nil, started{}, fmt.Errorf("%d processes run already, the most one guardian takes", maxProcesses)
	}
	s.last++
	p.id = s.last
	s.processes[p.id] = p
	s.mu.Unlock()
	if s.ended() {
		s.forget(p)
		return nil, started{}, ErrLost
	}
	if err := s.send(ctx, frameSpawn, p.id, body, files); err != nil {
		s.forget(p)
		return nil, started{}, err
	}
	select {
	case <-p.answered:
	case <-ctx.Done():
		go func() {
			if <-p.answered; p.failure == nil {
				_ = p.Kill()
			}
		}()
		return nil, started{}, ctx.Err()
	}
	var refused *refusal
	if errors.As(p.failure, &refused) {
		return nil, refused.started, nil
	}
	if p.failure != nil {
		return nil, started{}, p.failure
	}
	return p, started{pid: p.pid}, nil
}

// refusal carries the guardian's reason for not starting a process.
type refusal struct{ started }

func (r *refusal) Error() string { return r.step + ": " + r.errno.Error() }

func (s *session) forget(p *Process) {
	s.mu.Lock()
	delete(s.processes, p.id)
	s.mu.Unlock()
}

// signal sends a signal to a worker, or ends it with all its descendants. It
// returns syscall.ESRCH when the worker has ended.
func (s *session) signal(id uint64, sig syscall.Signal, all bool) error {
	answer := make(chan syscall.Errno, 1)
	s.mu.Lock()
	s.last++
	request := s.last
	s.signals[request] = answer
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.signals, request)
		s.mu.Unlock()
	}()
	timer := time.NewTimer(answerTimeout)
	defer timer.Stop()
	if err := s.send(context.Background(), frameSignal, request, encodeSignal(id, sig, all), nil); err != nil {
		return err
	}
	select {
	case errno := <-answer:
		if errno != 0 {
			return errno
		}
		return nil
	case <-s.lost:
		return ErrLost
	case <-timer.C:
		return errNoAnswer
	}
}

// send writes one frame. A guardian that does not take it in time is given up:
// half a frame cannot be taken back.
func (s *session) send(ctx context.Context, kind byte, id uint64, body []byte, files []*os.File) error {
	var rights []byte
	if len(files) > 0 {
		fds := make([]int, len(files))
		for i, f := range files {
			fd := f.Fd()
			if fd == ^uintptr(0) {
				return fmt.Errorf("file %q: %w", f.Name(), os.ErrClosed)
			}
			fds[i] = int(fd)
		}
		rights = unix.UnixRights(fds...)
	}
	frame := header{size: len(body), kind: kind, files: len(files), id: id}.append(make([]byte, 0, headerSize+len(body)))
	frame = append(frame, body...)
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	case <-s.lost:
		return ErrLost
	}
	defer func() { <-s.turn }()
	_ = s.conn.SetWriteDeadline(time.Now().Add(answerTimeout))
	n, _, err := s.conn.WriteMsgUnix(frame, rights, nil)
	if err == nil && n < len(frame) {
		_, err = s.conn.Write(frame[n:])
	}
	if err == nil {
		return nil
	}
	return s.giveUp(n, err)
}

// giveUp decides what an error means after n bytes of a frame went out. An
// error about the descriptors to pass, before any byte, does no harm.
func (s *session) giveUp(n int, err error) error {
	late := errors.Is(err, os.ErrDeadlineExceeded)
	if n == 0 && !late && !errors.Is(err, syscall.EPIPE) && !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("pass files: %w", err)
	}
	s.mu.Lock()
	closing := s.closing
	s.mu.Unlock()
	if closing && !late {
		return ErrClosed
	}
	_ = s.conn.Close()
	<-s.over
	if late {
		err = errNoAnswer
	}
	return fmt.Errorf("%w: %w", ErrLost, err)
}

// serve reads the guardian's frames until the lifeline ends, then cleans up.
func (s *session) serve() {
	r := bufio.NewReader(s.conn)
	for {
		h, body, err := readFrame(r)
		if err == nil {
			err = s.handle(h, body)
		}
		if err != nil {
			break
		}
	}
	s.finish()
}

func (s *session) handle(h header, body []byte) error {
	switch h.kind {
	case frameHello:
		select {
		case <-s.ready:
			return errMalformed
		default:
			close(s.ready)
		}
	case frameStarted:
		reply, err := decodeStarted(body)
		if err != nil {
			return err
		}
		s.answer(h.id, reply)
	case frameExited:
		state, err := decodeExit(body)
		if err != nil {
			return err
		}
		s.exited(h.id, state)
	case frameSignaled:
		if len(body) != 4 {
			return errMalformed
		}
		s.mu.Lock()
		if answer := s.signals[h.id]; answer != nil {
			answer <- syscall.Errno(binary.BigEndian.Uint32(body))
			delete(s.signals, h.id)
		}
		s.mu.Unlock()
	}
	return nil
}

// answer settles a Spawn.
func (s *session) answer(id uint64, reply started) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.processes[id]
	if p == nil || p.pid != 0 {
		return
	}
	p.pid = reply.pid
	if reply.errno != 0 {
		p.failure = &refusal{reply}
		delete(s.processes, id)
	}
	close(p.answered)
}

// exited settles a Process.
func (s *session) exited(id uint64, state State) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.processes[id]
	if p == nil || p.pid == 0 {
		return
	}
	delete(s.processes, id)
	p.state = state
	close(p.done)
}

// finish is called once the lifeline has ended. It makes sure that the
// guardian and all it started have gone, and only then reports the processes
// that were left as lost.
func (s *session) finish() {
	close(s.lost)
	_ = s.conn.Close()
	s.mu.Lock()
	patient := s.closing
	s.mu.Unlock()
	if !patient {
		_ = s.process.Kill()
	}
	if !endedWell(s.process.Pid) {
		sweep(s.token, s.process.Pid)
	}
	reason := ErrLost
	if state, err := s.process.Wait(); err == nil {
		reason = fmt.Errorf("%w (%s)", ErrLost, state)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, p := range s.processes {
		delete(s.processes, id)
		if p.pid == 0 {
			p.failure = reason
			close(p.answered)
			continue
		}
		p.state = State{ExitCode: -1, Err: reason}
		close(p.done)
	}
	close(s.over)
}

// close ends the session. The guardian reads its end of file and still reports
// how the workers end.
func (s *session) close(ctx context.Context) error {
	s.mu.Lock()
	s.closing = true
	s.mu.Unlock()
	_ = s.conn.CloseWrite()
	select {
	case <-s.over:
		return nil
	case <-ctx.Done():
		_ = s.process.Kill()
		<-s.over
		return fmt.Errorf("guardian: close: %w", ctx.Err())
	}
}
