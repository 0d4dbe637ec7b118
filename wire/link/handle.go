package link

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/wire/frame"
)

// Handle sends req to the worker and waits for the answer. It watches neither
// ctx nor the deadline: whoever does calls Interrupt. The result is copied
// once, behind what req.Reply holds.
func (l *Link) Handle(ctx context.Context, req *core.Request) (core.Body, error) {
	args, scratch, err := l.arguments(req.Args)
	if err != nil {
		return core.Body{}, err
	}
	w := l.newWaiter()
	defer l.dropWaiter(w)
	l.mu.Lock()
	c := l.take(ctx, req, w)
	if c == nil {
		l.mu.Unlock()
		return core.Body{}, core.NewError(core.KindOverloaded,
			fmt.Sprintf("%s.%s: %d calls are in flight to one worker of %s", req.Module, req.Function, maxInFlight, l.opts.Plugin))
	}
	c.args = args
	if req.In != nil || req.Out != nil {
		l.openStream(c)
	}
	var value []byte
	if l.run(c) {
		value, err = w.value, w.err
	} else {
		if c.stream != nil {
			l.closeStream(c)
		}
		value, err = c.value, c.err
		l.leave(c)
		l.mu.Unlock()
	}
	if scratch != nil {
		l.recycle(scratch, args)
	}
	if err != nil {
		return core.Body{}, err
	}
	strict, err := l.opts.Check(value)
	if errors.Is(err, core.ErrUser) {
		return core.Body{}, err
	}
	if err != nil {
		return core.Body{}, l.violated(fmt.Errorf("the answer to %s.%s is not one CBOR value: %w", req.Module, req.Function, err))
	}
	return core.Body{Codec: l.opts.Codec, Data: value, Strict: strict}, nil
}

// arguments returns the CBOR form of body, and the scratch buffer it stands in
// when it had to be made.
func (l *Link) arguments(body core.Body) ([]byte, *[]byte, error) {
	if body.Strict && body.Codec == l.opts.Codec {
		return body.Data, nil, nil
	}
	scratch, _ := l.scratch.Get().(*[]byte)
	if scratch == nil {
		scratch = new([]byte)
	}
	args, err := l.opts.Append((*scratch)[:0], body)
	if err != nil {
		l.scratch.Put(scratch)
		return nil, nil, err
	}
	return args, scratch, nil
}

func (l *Link) recycle(scratch *[]byte, args []byte) {
	if cap(args) <= keepBuffer {
		*scratch = args
		l.scratch.Put(scratch)
	}
}

// run waits until c is over. It sends, leads and parks as is needed. It
// returns true when the call was finished for its caller, as park does.
func (l *Link) run(c *call) bool {
	for !c.over || c.draining() {
		switch {
		case !c.sent && l.down:
			l.complete(c, l.unsent(c))
		case !c.sent && l.mayPass(c):
			l.send(c)
		case c.stream != nil && l.serveStream(c):
		case !l.leading && !c.follows && !l.down:
			l.lead(c)
		case l.park(c):
			return true
		}
	}
	return false
}

// open reports whether the worker gets calls now.
func (l *Link) open() bool { return l.greeted && l.overdue == 0 && l.room() }

// mayPassNext reports whether c is the first in line and its time has come.
func (l *Link) mayPassNext(c *call) bool { return len(l.queue) > 0 && l.queue[0] == c && l.open() }

// mayPass reports whether c may be sent now, and lines it up if not.
func (l *Link) mayPass(c *call) bool {
	if l.mayPassNext(c) {
		l.queue = l.queue[1:]
		return true
	}
	if len(l.queue) == 0 && l.open() {
		return true
	}
	if !slices.Contains(l.queue, c) {
		l.queue = append(l.queue, c)
	}
	return false
}

// admit wakes the first call in line when it may pass.
func (l *Link) admit() {
	if len(l.queue) == 0 || !l.down && !l.open() {
		return
	}
	if c := l.queue[0]; c == l.leader {
		l.kick()
	} else {
		l.rouse(c)
	}
}

// send appends c's frame and sees that it is written.
func (l *Link) send(c *call) {
	c.number()
	req := c.req
	var o frame.Options
	if req.Guard {
		o.Guard = l.guards == nil || l.guards[req.Function]
	}
	if c.stream != nil {
		o.In = req.In != nil
		if req.Out != nil {
			o.Out = l.opts.Window
		}
	}
	start := len(l.out)
	l.out = append(frame.BeginCall(l.out, frame.Call, c.id, req.Module, req.Function, o), c.args...)
	var fits bool
	l.out, fits = frame.EndCall(l.out, start, o, l.opts.Limit)
	if !fits {
		n := len(l.out) - start
		l.out = l.out[:start]
		l.complete(c, core.NewError(core.KindProtocol,
			fmt.Sprintf("%s.%s: the arguments make a frame of %d bytes, %d are allowed", req.Module, req.Function, n, l.opts.Limit)))
		return
	}
	c.sent, c.args = true, nil
	l.running++
	l.flush(l.running > 1)
	if c.follows {
		l.handOver()
	}
}

// leave ends the stay of c's caller: c is free when the worker has answered,
// else it lingers.
func (l *Link) leave(c *call) {
	c.left = true
	if c.kids > 0 {
		l.orphan(c)
	}
	switch {
	case !c.sent:
		l.unqueue(c)
		l.give(c)
	case c.answered:
		l.running--
		l.give(c)
	default:
		l.running--
		c.req, c.ctx, c.value, c.stream = nil, nil, nil, nil
		l.lingering++
	}
	l.handOver()
}

func (l *Link) unqueue(c *call) {
	for i, q := range l.queue {
		if q == c {
			l.queue = append(l.queue[:i], l.queue[i+1:]...)
			l.admit()
			return
		}
	}
}

func (l *Link) unsent(c *call) error {
	return &core.Error{Kind: core.KindBroken, Err: l.opts.Unsent,
		Message: fmt.Sprintf("%s.%s: the worker of %s has ended: %v", c.req.Module, c.req.Function, l.opts.Plugin, l.reason)}
}
