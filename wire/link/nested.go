package link

import (
	"context"
	"fmt"
	"strings"

	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/wire/frame"
)

// nested is a call or cast that the worker makes.
type nested struct {
	id     uint32
	parent uint32 // the id of the call it belongs to; 0: none
	req    *core.Request
	ctx    context.Context
	cancel context.CancelFunc
	size   int // of the arguments
}

// called takes a call or cast of the worker. It never waits: calls run on
// their own goroutines, casts one after the other on one.
func (l *Link) called(m *frame.Message) error {
	if m.Kind == frame.Cast {
		l.cast(m)
		return nil
	}
	if m.ID&frame.WorkerBit == 0 {
		return fmt.Errorf("it made a call with id %d, whose highest bit is not set", m.ID)
	}
	if l.nested[m.ID] != nil {
		return fmt.Errorf("it made two calls with id %d", m.ID)
	}
	parent := l.find(m.Options.Parent)
	switch {
	case m.Options.Parent != 0 && (parent == nil || parent.over):
		l.refuse(m, core.NewError(core.KindCanceled, "the call that this one belongs to has ended"))
	case len(l.nested) >= l.opts.Nested || l.borrowed > l.opts.Limit:
		l.refuse(m, core.NewError(core.KindOverloaded, fmt.Sprintf("%d calls of one worker of %s are running", len(l.nested), l.opts.Plugin)))
	default:
		n := l.begin(m, parent)
		l.nested[n.id] = n
		go l.serve(n)
	}
	return nil
}

// begin makes the request of a nested call. What the call needs of its parent
// is copied now: the parent's Handle may return first, and its request is only
// a name for it from then on.
func (l *Link) begin(m *frame.Message, parent *call) *nested {
	n := &nested{id: m.ID, ctx: l.base, size: len(m.Args)}
	l.borrowed += n.size
	var above *core.Request
	if parent != nil {
		above = parent.req
		n.parent, n.ctx = parent.id, parent.ctx
		parent.kids++
	}
	n.ctx, n.cancel = context.WithCancel(n.ctx)
	args := core.Body{Codec: l.opts.Codec, Data: append([]byte(nil), m.Args...)}
	n.req = core.Nested(above, l.opts.Plugin, string(m.Module), string(m.Function), args)
	if m.Options.Guard {
		n.req.Guard = true
	}
	return n
}

func (l *Link) refuse(m *frame.Message, e *core.Error) {
	l.out = frame.AppendError(l.out, m.ID, e.Kind.String(), "", e.Message, nil)
	l.small()
}

// serve runs a nested call and sends the answer.
func (l *Link) serve(n *nested) {
	defer n.cancel()
	body, err := l.handle(n)
	var value []byte
	var scratch *[]byte
	if err == nil && !body.IsZero() {
		value, scratch, err = l.arguments(body)
	} else if err == nil {
		value = []byte{cborNil}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for !l.down && !l.room() {
		l.drained.Wait()
	}
	delete(l.nested, n.id)
	l.borrowed -= n.size
	if l.down {
		return
	}
	if err == nil && len(value)+16 > l.opts.Limit {
		err = core.NewError(core.KindUser, fmt.Sprintf("the result of %s.%s is too long for a frame: %d bytes", n.req.Module, n.req.Function, len(value)))
	}
	if err != nil {
		l.out = appendFailure(l.out, n.id, core.AsError(err))
	} else {
		l.out = frame.AppendReply(l.out, n.id, value)
	}
	if scratch != nil {
		l.recycle(scratch, value)
	}
	l.flush(len(l.nested) > 0)
	l.handOver()
}

func appendFailure(dst []byte, id uint32, e *core.Error) []byte {
	valid := func(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
	trace := make([]string, 0, len(e.Backtrace))
	for _, line := range e.Backtrace {
		trace = append(trace, valid(line))
	}
	return frame.AppendError(dst, id, e.Kind.String(), valid(e.Class), valid(e.Detail()), trace)
}

// cborNil is the value a call without a result answers.
const cborNil = 0xf6

// handle checks the arguments and hands the call to the host.
func (l *Link) handle(n *nested) (core.Body, error) {
	strict, err := l.opts.Check(n.req.Args.Data)
	if err != nil {
		return core.Body{}, core.NewError(core.KindProtocol, fmt.Sprintf("%s.%s: the arguments are not one CBOR list: %v", n.req.Module, n.req.Function, err))
	}
	n.req.Args.Strict = strict
	if n.req.Caller.Depth > core.MaxDepth {
		return core.Body{}, core.NewError(core.KindOverloaded, fmt.Sprintf("%s.%s: plugins call each other more than %d deep", n.req.Module, n.req.Function, core.MaxDepth))
	}
	return l.opts.Host.Handle(n.ctx, n.req)
}

// orphan cancels the nested calls that belong to c.
func (l *Link) orphan(c *call) {
	for _, n := range l.nested {
		if n.parent == c.id {
			n.cancel()
		}
	}
}

// cast lines up a cast; one goroutine hands them to the host in their order.
// Those that come faster than the host takes them are dropped above the bound
// on nested calls.
func (l *Link) cast(m *frame.Message) {
	if len(l.casts) >= 4*l.opts.Nested || l.borrowed > l.opts.Limit {
		if l.dropped++; l.dropped == 1 {
			go l.warn("its casts come faster than they can be handed on", core.ErrOverloaded)
		}
		return
	}
	l.dropped = 0
	parent := l.find(m.Options.Parent)
	if parent != nil && parent.over {
		parent = nil
	}
	n := l.begin(m, parent)
	n.req.Kind = core.Cast
	n.cancel()
	n.ctx = l.base
	l.casts = append(l.casts, n)
	if !l.casting {
		l.casting = true
		go l.runCasts()
	}
}

func (l *Link) warn(what string, err error) {
	if l.opts.Warn != nil {
		l.opts.Warn(what, err)
	}
}

func (l *Link) runCasts() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.casts) > 0 && !l.told {
		n := l.casts[0]
		l.casts[0] = nil
		l.casts = l.casts[1:]
		l.mu.Unlock()
		_, err := l.handle(n)
		if err != nil {
			l.warn(fmt.Sprintf("its cast to %s.%s failed", n.req.Module, n.req.Function), err)
		}
		l.mu.Lock()
		l.borrowed -= n.size
	}
	l.casts, l.casting = nil, false
}
