package httpjson

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/fondaco/fondaco/core"
)

// The sizes of a request's buffers: what they begin with, and above what they
// are not kept for the next.
const (
	firstBuffer = 4 << 10
	keptBuffer  = 64 << 10
)

// scratch is the memory of a request that another may have afterwards.
type scratch struct {
	body  []byte
	out   []byte
	reply []byte
}

func (h *Handler) borrow() *scratch {
	if s, ok := h.scratch.Get().(*scratch); ok {
		return s
	}
	return &scratch{body: make([]byte, 0, firstBuffer), out: make([]byte, 0, firstBuffer), reply: make([]byte, 0, firstBuffer)}
}

func (h *Handler) giveBack(s *scratch) {
	if cap(s.body) <= keptBuffer && cap(s.out) <= keptBuffer {
		h.scratch.Put(s)
	}
}

// statusError is an error whose status does not follow from its kind.
type statusError struct {
	status int
	err    *core.Error
}

// Error returns the error's text.
func (e *statusError) Error() string { return e.err.Error() }

// Unwrap returns the error without the status.
func (e *statusError) Unwrap() error { return e.err }

// read appends the body to buf, which grows as it arrives.
func (h *Handler) read(w http.ResponseWriter, r *http.Request, buf []byte) ([]byte, error) {
	tooLong := &statusError{http.StatusRequestEntityTooLarge,
		core.NewError(core.KindProtocol, fmt.Sprintf("the body is longer than %d bytes", h.max))}
	if r.ContentLength > h.max {
		w.Header().Set("Connection", "close")
		return buf, tooLong
	}
	body := http.MaxBytesReader(w, r.Body, h.max)
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := body.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		var long *http.MaxBytesError
		switch {
		case err == nil:
		case errors.Is(err, io.EOF):
			return buf, nil
		case errors.As(err, &long):
			return buf, tooLong
		case errors.Is(err, os.ErrDeadlineExceeded):
			return buf, &statusError{http.StatusRequestTimeout, core.NewError(core.KindProtocol, "the body did not arrive in time")}
		default:
			return buf, &core.Error{Kind: core.KindProtocol, Message: "the body cannot be read", Err: err}
		}
	}
}

// dropTime is how long the rest of a body that is too long is read.
const dropTime = 2 * time.Second

// drop sends the answer, and then reads what is left of the body for a while:
// a client that first writes all would lose the answer if the connection were
// closed before. A client that asked whether to go on has not begun its body.
func drop(w http.ResponseWriter, r *http.Request) {
	if r.ProtoMajor != 1 || r.Header.Get("Expect") != "" {
		return
	}
	c := http.NewResponseController(w)
	if c.Flush() != nil || c.SetReadDeadline(time.Now().Add(dropTime)) != nil {
		return
	}
	_, _ = io.Copy(io.Discard, r.Body)
}

// timeoutOf reads the header Fondaco-Timeout; 0 is none.
func timeoutOf(header http.Header) (time.Duration, error) {
	text := header.Get("Fondaco-Timeout")
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, core.NewError(core.KindProtocol, "Fondaco-Timeout must be a positive duration such as 1500ms, not "+text)
	}
	return d, nil
}
