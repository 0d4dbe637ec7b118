package plugin

import (
	"errors"
	"strings"
	"sync/atomic"
	"time"

	"github.com/fondaco/fondaco/codec"
	"github.com/fondaco/fondaco/codec/cbor"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/wire/frame"
)

const (
	// watchEvery is how often a running call is looked at: one that is seen
	// twice loses the socket.
	watchEvery = time.Millisecond
	// watchIdle is after how many looks at an idle worker the watch pauses.
	watchIdle = 100
	// quick is how long a call may take, in ns, to run on the pump again.
	quick = int64(50 * time.Microsecond)
	// scratchKeep is how long a result may be for its memory to serve the next.
	scratchKeep = 64 << 10
	// probation is how many quick calls in a row it takes to be quick again.
	probation = 256
)

// pace is what is known of a function's calls: above 0, they get a goroutine
// each.
type pace struct {
	name string
	slow atomic.Int32
}

// note learns from a call on a goroutine of its own.
func (p *pace) note(took int64, waited bool) {
	if waited || took > quick {
		p.slow.Store(probation)
	} else if p.slow.Load() > 0 {
		p.slow.Add(-1)
	}
}

// pump reads the socket and runs quick calls itself. There is one at a time
// that has the socket.
type pump struct {
	w       *worker
	in      *inbox
	number  uint64 // of the call that runs, or the next
	current *call
	message frame.Message
	scratch []byte
	left    bool // the pump ended in order
}

// start gives the socket to a new pump. The caller has it.
func (w *worker) start(in *inbox, number uint64) {
	p := &pump{w: w, in: in, number: number}
	w.owner = p
	go p.run()
}

// run reads and dispatches until the socket is gone or taken over.
func (p *pump) run() {
	defer func() {
		if !p.left {
			p.w.fail(errors.New("a function ended the goroutine it ran on"))
		}
	}()
	err := p.loop()
	p.left = true
	if err != nil {
		p.w.fail(err)
	}
}

func (p *pump) loop() error {
	for {
		for {
			id, message, ok, err := p.in.next()
			if err != nil {
				return err
			}
			if !ok {
				break
			}
			if !p.dispatch(id, message) {
				return nil
			}
		}
		p.w.out.flush()
		n, err := receive(p.w.fd, p.in.room())
		if err != nil {
			return err
		}
		p.in.end += n
	}
}

// dispatch does what one frame asks for. It returns false when the socket was
// taken over meanwhile.
func (p *pump) dispatch(id uint32, message []byte) bool {
	w, m := p.w, &p.message
	if err := frame.Parse(id, message, m); err != nil {
		if id < frame.WorkerBit {
			w.refuse(id, core.NewError(core.KindProtocol, err.Error()))
		} else {
			w.resolve(id, answer{err: core.NewError(core.KindProtocol, err.Error())})
		}
		return true
	}
	switch m.Kind {
	case frame.Call:
		return p.call(m)
	case frame.Reply, frame.Error:
		w.resolve(id, answerOf(m))
	case frame.Cancel:
		if c := w.find(id); c != nil {
			c.cancel()
		}
	case frame.Chunk, frame.End:
		if c := w.find(id); c != nil && !c.input(m) {
			w.fail(errors.New("the host sent a chunk without credit"))
		}
	case frame.Credit:
		if c := w.find(id); c != nil {
			c.output(m.Credit)
		}
	case frame.Bye:
		w.leave()
	}
	return true
}

// call runs a call, here or on a goroutine of its own.
func (p *pump) call(m *frame.Message) bool {
	w := p.w
	f := w.paces[string(m.Function)]
	if f == nil {
		w.refuse(m.ID, core.NewError(core.KindNoFunction, clean(string(m.Module)+"."+string(m.Function)+": no such function")))
		return true
	}
	c := w.newCall(m, f)
	if f.slow.Load() > 0 {
		c.req.Args = c.req.Args.Clone()
		w.register(c)
		go w.run(c)
		return true
	}
	c.req.Reply = p.scratch[:0]
	running := p.number<<1 | 1
	c.state, p.current = running, c
	w.state.Store(running)
	if w.parked.Load() {
		w.wakeWatch()
	}
	body, err := w.instance.Handle(c, &c.req)
	p.number++
	if !w.state.CompareAndSwap(running, p.number<<1) {
		w.finish(c, body, err)
		return false
	}
	if w.answer(m.ID, body, err) > outboxFlush {
		w.out.flush()
	}
	if n := len(body.Data); n > cap(p.scratch) && n <= scratchKeep {
		p.scratch = make([]byte, 0, 2*n)
	}
	return true
}

// takeOver takes the socket from the pump whose call runs, as state says, and
// gives it to a new one. It does nothing when the call has returned.
func (w *worker) takeOver(state uint64) {
	if state&1 == 0 || !w.state.CompareAndSwap(state, state+1) {
		return
	}
	old := w.owner
	old.current.pace.slow.Store(probation)
	w.register(old.current)
	w.out.flush()
	w.start(newInbox(old.in.rest()), (state+1)>>1)
}

// watch takes the socket from calls that are not quick.
func (w *worker) watch() {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	var last uint64
	idle := 0
	for {
		select {
		case <-ticker.C:
		case <-w.ended:
			return
		}
		state := w.state.Load()
		switch {
		case state != last:
			last, idle = state, 0
		case state&1 == 1:
			w.takeOver(state)
		case idle < watchIdle:
			idle++
		default:
			ticker.Stop()
			w.parked.Store(true)
			if w.state.Load() == last {
				select {
				case <-w.unpark:
				case <-w.ended:
					return
				}
			}
			w.parked.Store(false)
			idle = 0
			ticker.Reset(watchEvery)
		}
	}
}

// wakeWatch ends the pause of watch.
func (w *worker) wakeWatch() {
	select {
	case w.unpark <- struct{}{}:
	default:
	}
}

// clean returns s as valid UTF-8.
func clean(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// transcode returns body in CBOR.
func transcode(body core.Body) (core.Body, error) {
	data, err := codec.Transcode(nil, body, cbor.Codec, core.ReadOptions{})
	return core.Body{Codec: cbor.Codec, Data: data, Strict: true}, err
}
