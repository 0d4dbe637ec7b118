package bertrpc

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/fondaco/fondaco/wire/berp"
)

// The sizes of a connection's read buffer: what it begins with, and above what
// it is given up after the message that made it grow.
const (
	firstBuffer = 4 << 10
	keptBuffer  = 64 << 10
)

// headerSize is that of the length in front of every message.
const headerSize = berp.HeadSize

// frames cuts what a connection sends into messages. A message that is
// announced as long takes memory only as it arrives.
type frames struct {
	src  io.Reader
	buf  []byte
	r, w int // what was read and not yet handed out
	max  int64
}

// A frameError ends a connection.
type frameError struct {
	code   int    // of the protocol error that can be sent
	reason string // "" when nothing is to be sent: nobody is in the middle of a message
	err    error  // the cause, or nil
}

// Error returns the reason, or the cause.
func (e *frameError) Error() string {
	if e.reason == "" {
		return e.err.Error()
	}
	return e.reason
}

// Unwrap returns the cause.
func (e *frameError) Unwrap() error { return e.err }

// next returns the next message, valid until the following call. Its error is
// a *frameError.
func (f *frames) next() ([]byte, error) {
	if f.r == f.w {
		f.r, f.w = 0, 0
		if len(f.buf) > keptBuffer {
			f.buf = make([]byte, firstBuffer)
		}
	}
	if err := f.fill(headerSize); err != nil {
		return nil, err
	}
	n := int64(binary.BigEndian.Uint32(f.buf[f.r:]))
	switch {
	case n == 0:
		return nil, &frameError{code: codeHeader, reason: "the message is empty"}
	case n > f.max:
		return nil, &frameError{code: codeHeader, reason: fmt.Sprintf("the message is %d bytes long, the limit is %d", n, f.max)}
	}
	if err := f.fill(headerSize + int(n)); err != nil {
		return nil, err
	}
	body := f.buf[f.r+headerSize : f.r+headerSize+int(n)]
	f.r += headerSize + int(n)
	return body, nil
}

// fill reads until n bytes are there.
func (f *frames) fill(n int) error {
	for f.w-f.r < n {
		if f.r > 0 && len(f.buf)-f.r < n {
			f.w = copy(f.buf, f.buf[f.r:f.w])
			f.r = 0
		}
		if f.w == len(f.buf) {
			grown := make([]byte, min(2*len(f.buf), n))
			copy(grown, f.buf)
			f.buf = grown
		}
		m, err := f.src.Read(f.buf[f.w:])
		f.w += m
		if m == 0 && err != nil {
			return f.broken(err)
		}
	}
	return nil
}

// broken explains an error of the connection: at the border of two messages it
// is nobody's fault.
func (f *frames) broken(err error) error {
	var timeout net.Error
	have := f.w - f.r
	code := codeData
	if have < headerSize {
		code = codeHeader
	}
	switch {
	case have == 0:
		return &frameError{err: err}
	case errors.Is(err, io.EOF):
		return &frameError{code: code, reason: fmt.Sprintf("the stream ended %d bytes into a message", have), err: err}
	case errors.As(err, &timeout) && timeout.Timeout():
		return &frameError{code: code, reason: fmt.Sprintf("the message stopped coming after %d bytes", have), err: err}
	}
	return &frameError{err: err}
}

// left reports whether more was read than was handed out.
func (f *frames) left() bool { return f.w > f.r }
