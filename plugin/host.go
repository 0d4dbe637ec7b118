package plugin

import (
	"context"
	"encoding/binary"
	"errors"

	"github.com/fondaco/fondaco/codec/cbor"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/wire/frame"
)

// maxTrace bounds the lines of a backtrace taken from the host.
const maxTrace = 100

// answer is the host's answer to a call of the worker's.
type answer struct {
	body core.Body
	err  error
}

var errEarly = errors.New("the host can be asked after start only")

// Handle asks the host: it is the host of the worker's instance.
func (w *worker) Handle(ctx context.Context, req *core.Request) (core.Body, error) {
	args, err := asCBOR(req.Args)
	if err != nil {
		return core.Body{}, err
	}
	parent, _ := ctx.Value(callKey{}).(*call)
	if req.Kind == core.Cast {
		return core.Body{}, w.ask(frame.Cast, frame.WorkerBit, req, args, parent)
	}
	if parent != nil {
		parent.release()
	}
	id, wait := w.await()
	if err := w.ask(frame.Call, id, req, args, parent); err != nil {
		w.abandon(id)
		return core.Body{}, err
	}
	select {
	case a := <-wait:
		return a.body, a.err
	case <-ctx.Done():
		w.abandon(id)
		return core.Body{}, canceled(ctx)
	}
}

// Wait runs f, and lets others have the socket meanwhile.
func (w *worker) Wait(ctx context.Context, f func() error) error {
	if c, ok := ctx.Value(callKey{}).(*call); ok {
		c.release()
	}
	return f()
}

// ask sends a call or a cast; parent may be nil.
func (w *worker) ask(kind frame.Kind, id uint32, req *core.Request, args core.Body, parent *call) error {
	w.mu.Lock()
	ready := w.ready
	w.mu.Unlock()
	if !ready {
		return errEarly
	}
	var options frame.Options
	if parent != nil {
		options = someParent
	}
	fits := true
	w.out.append(func(buf []byte) []byte {
		start := len(buf)
		buf = frame.BeginCall(buf, kind, id, clean(req.Module), clean(req.Function), options)
		if args.IsZero() {
			buf = append(buf, cborEmpty)
		}
		buf = append(buf, args.Data...)
		if parent != nil {
			buf = binary.BigEndian.AppendUint32(append(buf, parentOption...), parent.id)
		}
		if fits = frame.Finish(buf, start, frame.DefaultLimit); !fits {
			buf = buf[:start]
		}
		return buf
	})
	if !fits {
		return &core.Error{Kind: core.KindUser, Class: "TypeError", Message: "the arguments are longer than a frame may be"}
	}
	w.out.flush()
	return nil
}

const (
	cborEmpty = 0x80
	// parentOption is a map of one pair up to the 32 bits of a parent's id,
	// which may be 0.
	parentOption = "\xa1\x66parent\x1a"
)

// someParent announces options; parentOption is what they are.
var someParent = frame.Options{Parent: 1}

// await returns the id for a call of the worker's, and where its answer comes.
func (w *worker) await() (uint32, chan answer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		w.next = (w.next + 1) &^ frame.WorkerBit
		id := w.next | frame.WorkerBit
		if _, taken := w.waits[id]; !taken {
			wait := make(chan answer, 1)
			w.waits[id] = wait
			return id, wait
		}
	}
}

// abandon forgets a call whose answer nobody waits for. Its id is free again
// when the answer has come.
func (w *worker) abandon(id uint32) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, waits := w.waits[id]; waits {
		w.waits[id] = nil
	}
}

// resolve hands an answer to who waits for it.
func (w *worker) resolve(id uint32, a answer) {
	w.mu.Lock()
	wait := w.waits[id]
	delete(w.waits, id)
	w.mu.Unlock()
	if wait != nil {
		wait <- a
	}
}

// answerOf returns a reply or an error, in memory of its own.
func answerOf(m *frame.Message) answer {
	if m.Kind == frame.Reply {
		return answer{body: core.Body{Codec: cbor.Codec, Data: append([]byte(nil), m.Value...)}}
	}
	kind, ok := core.ParseErrorKind(string(m.Word))
	if !ok {
		kind = core.KindUser
	}
	return answer{err: &core.Error{Kind: kind, Class: clean(string(m.Class)), Message: clean(string(m.Text)),
		Backtrace: frame.Lines(m.Backtrace, maxTrace)}}
}
