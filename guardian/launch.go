//go:build unix

package guardian

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// marker is the environment variable that tells the binary that it was
// executed as a guardian: "DESCRIPTOR:TOKEN", the lifeline and the token for
// its workers.
const marker = "FONDACO_GUARDIAN"

// lifelineFD is the descriptor of the guardian's end of the lifeline.
const lifelineFD = 3

// launch executes this program's binary as a guardian and waits until it is
// ready.
func launch(ctx context.Context, options Options) (*session, error) {
	if os.Getenv(marker) != "" {
		return nil, errors.New("guardian: launch: this process was started as a guardian itself: call guardian.Main first thing in main, and in TestMain")
	}
	var random [16]byte
	_, _ = rand.Read(random[:])
	token := hex.EncodeToString(random[:])
	conn, theirs, err := lifeline()
	if err != nil {
		return nil, fmt.Errorf("guardian: launch: lifeline: %w", err)
	}
	process, err := execute(options, token, theirs)
	_ = theirs.Close()
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("guardian: launch: %w", err)
	}
	s := newSession(process, conn, token)
	go s.serve()
	timer := time.NewTimer(answerTimeout)
	defer timer.Stop()
	select {
	case <-s.ready:
		return s, nil
	case <-s.over:
		return nil, fmt.Errorf("guardian: launch: %w: the executed binary ended without getting ready: does its main call guardian.Main first?", ErrLost)
	case <-ctx.Done():
		err = ctx.Err()
	case <-timer.C:
		err = fmt.Errorf("%w: does main call guardian.Main first?", errNoAnswer)
	}
	_ = process.Kill()
	_ = conn.Close()
	<-s.over
	return nil, fmt.Errorf("guardian: launch: %w", err)
}

// execute starts the guardian process in a session of its own, so that no
// terminal's signals reach it. It shares the host's standard error, for the
// case that it crashes.
func execute(options Options, token string, theirs *os.File) (*os.Process, error) {
	path, err := self()
	if err != nil {
		return nil, err
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = null.Close() }()
	name := strings.ReplaceAll(options.Name, "\x00", "") + ": guardian of " + strconv.Itoa(os.Getpid())
	return os.StartProcess(path, []string{name}, &os.ProcAttr{
		Dir:   "/",
		Env:   append(withoutMarker(os.Environ()), marker+"="+strconv.Itoa(lifelineFD)+":"+token),
		Files: []*os.File{null, null, os.Stderr, theirs},
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
}

// withoutMarker returns env without the marker. The rest stays, also the
// InstanceVariable of a host that is itself somebody's worker.
func withoutMarker(env []string) []string {
	out := make([]string, 0, len(env)+1)
	for _, e := range env {
		if !strings.HasPrefix(e, marker+"=") {
			out = append(out, e)
		}
	}
	return out
}

// lifeline returns the two ends of a new stream socket, both closed on exec.
func lifeline() (*net.UnixConn, *os.File, error) {
	pair, err := socketpair()
	if err != nil {
		return nil, nil, err
	}
	ours, theirs := os.NewFile(uintptr(pair[0]), "lifeline"), os.NewFile(uintptr(pair[1]), "lifeline of the guardian")
	conn, err := net.FileConn(ours)
	_ = ours.Close()
	if err != nil {
		_ = theirs.Close()
		return nil, nil, err
	}
	return conn.(*net.UnixConn), theirs, nil
}
