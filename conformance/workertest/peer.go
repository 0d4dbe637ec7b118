package workertest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Patience is how long the kit waits for anything before the test fails.
const Patience = 30 * time.Second

// The kinds of message.
const (
	kindHello = iota
	kindCall
	kindCast
	kindReply
	kindError
	kindCancel
	kindBye
	kindChunk
	kindEnd
	kindCredit
)

// Peer is the host's end of a worker that runs. It is for one goroutine.
type Peer struct {
	Hello  Map        // what the worker said of itself
	Conn   net.Conn   // the socket, for tests that write what is no frame
	Cmd    *exec.Cmd  // the process
	t      testing.TB // the test it lives in
	output output
	exited chan struct{}
}

// Start starts the worker, waits for its hello, and ends it with the test.
func Start(t testing.TB, w Worker) *Peer {
	t.Helper()
	p := Launch(t, w)
	f := p.Receive()
	if f.ID != 0 || f.Kind != kindHello || len(f.Fields) == 0 {
		t.Fatalf("the first frame is %s, want hello with id 0", f)
	}
	hello, ok := f.Fields[0].(Map)
	if !ok {
		t.Fatalf("hello carries %s, want a map", Show(f.Fields[0]))
	}
	p.Hello = hello
	return p
}

// Launch is Start without the wait for hello.
func Launch(t testing.TB, w Worker) *Peer {
	t.Helper()
	conn, theirs := socketpair(t)
	cmd := w.Command(t)
	p := &Peer{Conn: conn, Cmd: cmd, t: t, exited: make(chan struct{})}
	cmd.ExtraFiles = append([]*os.File{theirs}, cmd.ExtraFiles...)
	if cmd.Env == nil {
		cmd.Env = os.Environ()
	}
	cmd.Env = append([]string{"FONDACO_PLUGIN=" + cmd.Path}, cmd.Env...)
	cmd.Env = append(cmd.Env, "FONDACO_SOCKET=fd:3", "FONDACO_WIRE=fondaco", "FONDACO_MODULE=kit",
		`FONDACO_CONFIG={"key": "value", "list": [1, 2.5, null, true]}`)
	cmd.Stdout, cmd.Stderr = &p.output, &p.output
	if err := cmd.Start(); err != nil {
		t.Fatalf("the worker does not start: %v", err)
	}
	theirs.Close()
	go func() {
		_ = cmd.Wait() // the tests read ProcessState
		close(p.exited)
	}()
	t.Cleanup(p.stop)
	return p
}

// socketpair returns both ends of a connection, the second one for a child.
func socketpair(t testing.TB) (net.Conn, *os.File) {
	t.Helper()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatalf("no socket pair: %v", err)
	}
	syscall.CloseOnExec(fds[0])
	syscall.CloseOnExec(fds[1])
	ours, theirs := os.NewFile(uintptr(fds[0]), "host"), os.NewFile(uintptr(fds[1]), "worker")
	defer ours.Close()
	conn, err := net.FileConn(ours)
	if err != nil {
		t.Fatalf("no connection from a socket pair: %v", err)
	}
	return conn, theirs
}

// stop ends the process, whatever it does, and shows its output when the test
// failed.
func (p *Peer) stop() {
	p.Conn.Close()
	_ = p.Cmd.Process.Kill() // it may have ended already
	<-p.exited
	if p.t.Failed() {
		if s := p.output.String(); s != "" {
			p.t.Logf("the worker printed:\n%s", s)
		}
	}
}

// Output returns what the worker printed so far.
func (p *Peer) Output() string { return p.output.String() }

// Wait waits until the process has ended and returns its exit status, -1 when
// a signal ended it.
func (p *Peer) Wait() int {
	p.t.Helper()
	select {
	case <-p.exited:
		return p.Cmd.ProcessState.ExitCode()
	case <-time.After(Patience):
		p.t.Fatalf("the worker did not end within %v", Patience)
		return 0
	}
}

// Frame is one frame: an id and the elements of the message.
type Frame struct {
	ID     uint32
	Kind   int64
	Fields []any // what follows the kind
}

// String describes the frame.
func (f Frame) String() string {
	return fmt.Sprintf("id %#x, kind %d %s", f.ID, f.Kind, Show(f.Fields))
}

// Append appends a frame to dst.
func Append(dst []byte, id uint32, message ...any) []byte {
	return appendRaw(dst, id, encode(message))
}

// appendRaw appends a frame whose message is given in CBOR.
func appendRaw(dst []byte, id uint32, message []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(message)+4))
	dst = binary.BigEndian.AppendUint32(dst, id)
	return append(dst, message...)
}

// Send sends one frame.
func (p *Peer) Send(id uint32, message ...any) {
	p.t.Helper()
	p.Write(Append(nil, id, message...))
}

// Call sends the call of one of the plugin's functions.
func (p *Peer) Call(id uint32, function string, args ...any) {
	p.t.Helper()
	p.Send(id, kindCall, "kit", function, list(args))
}

// CallWith is Call with options.
func (p *Peer) CallWith(id uint32, options Map, function string, args ...any) {
	p.t.Helper()
	p.Send(id, kindCall, "kit", function, list(args), options)
}

// list returns args, never nil: a call without arguments carries an empty list.
func list(args []any) []any { return append([]any{}, args...) }

// Write sends bytes as they are.
func (p *Peer) Write(data []byte) {
	p.t.Helper()
	p.patience()
	if _, err := p.Conn.Write(data); err != nil {
		p.t.Fatalf("the worker does not read: %v", err)
	}
}

// Receive waits for the next frame.
func (p *Peer) Receive() Frame {
	p.t.Helper()
	f, err := p.read()
	if err != nil {
		p.t.Fatalf("no frame from the worker: %v", err)
	}
	return f
}

// read reads one frame.
func (p *Peer) read() (Frame, error) {
	id, data, err := p.readRaw()
	if err != nil {
		return Frame{}, err
	}
	v, err := decode(data)
	if err != nil {
		return Frame{}, fmt.Errorf("message % x: %w", data[:min(len(data), 64)], err)
	}
	fields, ok := v.([]any)
	if !ok || len(fields) == 0 {
		return Frame{}, fmt.Errorf("message %s is no array with a kind", Show(v))
	}
	kind, ok := fields[0].(int64)
	if !ok {
		return Frame{}, fmt.Errorf("message %s has no kind", Show(v))
	}
	return Frame{ID: id, Kind: kind, Fields: fields[1:]}, nil
}

// readRaw reads one frame and returns its id and its message in CBOR.
func (p *Peer) readRaw() (uint32, []byte, error) {
	p.patience()
	var head [8]byte
	if _, err := io.ReadFull(p.Conn, head[:]); err != nil {
		return 0, nil, err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n < 5 || n > 64<<20+4 {
		return 0, nil, fmt.Errorf("a frame of length %d", n)
	}
	data := make([]byte, n-4)
	_, err := io.ReadFull(p.Conn, data)
	return binary.BigEndian.Uint32(head[4:]), data, err
}

// patience sets the deadline of the next read and write.
func (p *Peer) patience() { _ = p.Conn.SetDeadline(time.Now().Add(Patience)) }

// ExpectEOF fails the test unless the worker closes the socket without
// another frame.
func (p *Peer) ExpectEOF() {
	p.t.Helper()
	f, err := p.read()
	if err == nil {
		p.t.Fatalf("the worker sent %s, want the end of the socket", f)
	}
	if !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET) {
		p.t.Fatalf("the socket ended with %v", err)
	}
}

// output collects what a process prints. It is safe for concurrent use.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write keeps the first mebibyte.
func (o *output) Write(data []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.buf.Len() < 1<<20 {
		o.buf.Write(data)
	}
	return len(data), nil
}

// String returns what was collected.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}
