package plugin

import (
	"errors"
	"sync"
	"sync/atomic"

	"github.com/fondaco/fondaco/codec/cbor"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/funcs"
	"github.com/fondaco/fondaco/wire/frame"
)

// worker is one connection to the host. It is the host of its instance.
type worker struct {
	fd       int
	out      *outbox
	instance *funcs.Instance
	module   string
	paces    map[string]*pace // of each function; never changed

	// state is the number of the pump's call, doubled, plus one while it runs.
	// Whoever changes it from running has the socket: the pump when the
	// function returned, or else who takes the socket over.
	state  atomic.Uint64
	owner  *pump // guarded by state
	parked atomic.Bool
	unpark chan struct{}
	ended  chan struct{}
	result chan error // why the worker ends; nil after bye

	mu    sync.Mutex
	calls map[uint32]*call // that run on goroutines of their own
	waits map[uint32]chan answer
	next  uint32 // id of the worker's next call
	ready bool   // hello was sent
	bye   bool
}

func newWorker(fd int) *worker {
	return &worker{fd: fd, out: newOutbox(fd), unpark: make(chan struct{}, 1), ended: make(chan struct{}),
		result: make(chan error, 1), calls: map[uint32]*call{}, waits: map[uint32]chan answer{}, paces: map[string]*pace{}}
}

// wait returns when the worker shall end, and why; nil after bye, when all was
// answered and written.
func (w *worker) wait() error {
	err := <-w.result
	if err == nil {
		w.out.finish()
	}
	return err
}

// fail ends the worker. Only the first reason counts.
func (w *worker) fail(err error) {
	select {
	case w.result <- err:
	default:
	}
}

// close ends everything that belongs to the connection.
func (w *worker) close() {
	close(w.ended)
	_ = w.instance.Close()
	w.mu.Lock()
	for _, c := range w.calls {
		go c.cancel()
	}
	w.mu.Unlock()
	shut(w.fd)
}

// register makes a call that leaves the pump known to what arrives for it.
func (w *worker) register(c *call) {
	w.mu.Lock()
	w.calls[c.id] = c
	w.mu.Unlock()
}

// answered forgets a call, and ends the worker after the last one.
func (w *worker) answered(c *call) {
	w.mu.Lock()
	delete(w.calls, c.id)
	last := w.bye && len(w.calls) == 0
	w.mu.Unlock()
	if last {
		w.fail(nil)
	}
}

// leave says that no more calls will come.
func (w *worker) leave() {
	w.mu.Lock()
	w.bye = true
	last := len(w.calls) == 0
	w.mu.Unlock()
	if last {
		w.fail(nil)
	}
}

// find returns the call that runs on a goroutine of its own under id, or nil.
func (w *worker) find(id uint32) *call {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.calls[id]
}

// run runs a call on a goroutine of its own.
func (w *worker) run(c *call) {
	began := core.Now()
	body, err := w.instance.Handle(c, &c.req)
	c.pace.note(core.Now()-began, c.waited.Load())
	w.finish(c, body, err)
}

// finish answers a call that has left the pump.
func (w *worker) finish(c *call, body core.Body, err error) {
	w.answer(c.id, body, err)
	w.out.flush()
	w.answered(c)
}

// answer puts the reply or the error of a call into the outbox, and returns
// how much waits there.
func (w *worker) answer(id uint32, body core.Body, err error) int {
	if err == nil {
		body, err = asCBOR(body)
	}
	if err == nil && len(body.Data) > frame.DefaultLimit-16 {
		err = &core.Error{Kind: core.KindUser, Class: "TypeError", Message: "the result is longer than a frame may be"}
	}
	if err != nil {
		return w.refuse(id, err)
	}
	return w.out.append(func(buf []byte) []byte {
		if body.IsZero() {
			return frame.AppendReply(buf, id, []byte{cborNil})
		}
		return frame.AppendReply(buf, id, body.Data)
	})
}

const cborNil = 0xf6

// refuse answers a call with an error.
func (w *worker) refuse(id uint32, err error) int {
	e := core.AsError(err)
	word, class := e.Kind.String(), e.Class
	switch {
	case errors.Is(e, core.ErrUser), errors.Is(e, core.ErrNoFunction), errors.Is(e, core.ErrProtocol):
	default:
		word, class = core.KindUser.String(), e.Kind.Class()
	}
	lines := make([]string, len(e.Backtrace))
	for i, line := range e.Backtrace {
		lines[i] = clean(line)
	}
	return w.out.append(func(buf []byte) []byte {
		return frame.AppendError(buf, id, word, clean(class), clean(e.Detail()), lines)
	})
}

// asCBOR returns body in the wire's codec.
func asCBOR(body core.Body) (core.Body, error) {
	if body.IsZero() || body.Codec == cbor.Codec {
		return body, nil
	}
	return transcode(body)
}
