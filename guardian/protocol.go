//go:build unix

package guardian

import (
	"encoding/binary"
	"fmt"
	"io"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// The lifeline is a stream socket that carries frames both ways: a header of
// headerSize bytes (length of the body in four bytes, kind, number of
// descriptors, two zero bytes, id in eight bytes; big endian), then the body.
// Descriptors travel with the first byte of their frame's header. Both ends
// are the same binary, so there is one version only.
const (
	headerSize = 16
	maxReply   = 4 << 10 // the longest body the guardian sends
)

// The kinds of frame.
const (
	frameHello    = iota + 1 // guardian: ready
	frameSpawn               // host: start worker id, body a spec, with its descriptors
	frameStarted             // guardian: worker id runs, or why it does not
	frameExited              // guardian: worker id has ended
	frameSignal              // host: request id, body a worker's id and a signal
	frameSignaled            // guardian: request id is done, body an error number
)

// The steps of a start that can fail, as they stand in errors.
const (
	stepExec  = "exec"
	stepFiles = "receive files for"
	stepLimit = "set limits of"
	stepRead  = "read command of"
)

// header is the front of a frame.
type header struct {
	size  int
	kind  byte
	files int
	id    uint64
}

func (h header) append(b []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(h.size))
	b = append(b, h.kind, byte(h.files), 0, 0)
	return binary.BigEndian.AppendUint64(b, h.id)
}

// parseHeader reads a header and refuses bodies longer than limit.
func parseHeader(b []byte, limit int) (header, error) {
	r := reader{b: b}
	size := r.uint32()
	h := header{kind: r.byte(), files: int(r.byte())}
	if pad := r.take(2); pad == nil || pad[0] != 0 || pad[1] != 0 {
		return header{}, errMalformed
	}
	h.id = r.uint64()
	if r.bad || uint64(size) > uint64(limit) {
		return header{}, errMalformed
	}
	h.size = int(size)
	return h, nil
}

// readFrame reads one frame that the guardian sent.
func readFrame(r io.Reader) (header, []byte, error) {
	var front [headerSize]byte
	if _, err := io.ReadFull(r, front[:]); err != nil {
		return header{}, nil, err
	}
	h, err := parseHeader(front[:], maxReply)
	if err != nil {
		return header{}, nil, err
	}
	body := make([]byte, h.size)
	if _, err := io.ReadFull(r, body); err != nil {
		return header{}, nil, fmt.Errorf("guardian: half a frame: %w", err)
	}
	return h, body, nil
}

// started is the body of frameStarted: a process id, or the step that failed
// and its error number.
type started struct {
	pid   int
	errno syscall.Errno
	step  string
}

func (s started) encode() []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(s.pid))
	b = binary.BigEndian.AppendUint32(b, uint32(s.errno))
	return appendText(b, s.step)
}

func decodeStarted(b []byte) (started, error) {
	r := reader{b: b}
	s := started{pid: int(r.uint32()), errno: syscall.Errno(r.uint32()), step: r.text()}
	if r.bad || len(r.b) > 0 || (s.errno == 0) != (s.pid > 0) {
		return started{}, errMalformed
	}
	return s, nil
}

// encodeExit makes the body of frameExited.
func encodeExit(status unix.WaitStatus, usage *unix.Rusage) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(status))
	b = binary.BigEndian.AppendUint64(b, uint64(usage.Utime.Nano()))
	b = binary.BigEndian.AppendUint64(b, uint64(usage.Stime.Nano()))
	return binary.BigEndian.AppendUint64(b, uint64(usage.Maxrss)*maxrssUnit)
}

func decodeExit(b []byte) (State, error) {
	r := reader{b: b}
	status := unix.WaitStatus(r.uint32())
	s := State{ExitCode: -1, User: time.Duration(r.uint64()), System: time.Duration(r.uint64()), MaxRSS: int64(r.uint64())}
	if r.bad || len(r.b) > 0 {
		return State{}, errMalformed
	}
	switch {
	case status.Exited():
		s.ExitCode = status.ExitStatus()
	case status.Signaled():
		s.Signal, s.CoreDump = status.Signal(), status.CoreDump()
	default:
		return State{}, errMalformed
	}
	return s, nil
}

// encodeSignal makes the body of frameSignal.
func encodeSignal(id uint64, sig syscall.Signal, all bool) []byte {
	b := binary.BigEndian.AppendUint64(nil, id)
	b = binary.BigEndian.AppendUint32(b, uint32(sig))
	if all {
		return append(b, 1)
	}
	return append(b, 0)
}

func decodeSignal(b []byte) (id uint64, sig syscall.Signal, all bool, err error) {
	r := reader{b: b}
	id, sig, all = r.uint64(), syscall.Signal(r.uint32()), r.byte() != 0
	if r.bad || len(r.b) > 0 {
		return 0, 0, false, errMalformed
	}
	return id, sig, all, nil
}
