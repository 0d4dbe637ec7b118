package link

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/wire/frame"
)

// maxTrace bounds the lines of a backtrace.
const maxTrace = 256

// ErrViolation is wrapped by the reason of a link whose worker broke the
// protocol.
var ErrViolation = errors.New("the worker broke the protocol")

var errFlood = fmt.Errorf("%w: it does not read the answers to what it sends", ErrViolation)

func violation(err error) error { return fmt.Errorf("%w: %w", ErrViolation, err) }

// violated ends the link and returns the error for the caller.
func (l *Link) violated(err error) error {
	l.mu.Lock()
	l.fail(violation(err))
	l.mu.Unlock()
	<-l.done
	return l.Err()
}

// dispatch handles one message. An error means that the protocol was broken.
func (l *Link) dispatch(m *frame.Message) error {
	if !l.greeted {
		return l.greet(m)
	}
	switch m.Kind {
	case frame.Reply, frame.Error:
		c := l.find(m.ID)
		if c == nil {
			return fmt.Errorf("it answered call %d, which was not made or was answered before", m.ID)
		}
		return l.answer(c, m)
	case frame.Call, frame.Cast:
		return l.called(m)
	case frame.Chunk:
		return l.chunk(l.find(m.ID), m)
	case frame.Credit:
		return l.credit(l.find(m.ID), m)
	}
	return nil
}

// greet takes the hello, the first message of all.
func (l *Link) greet(m *frame.Message) error {
	if m.Kind > frame.Credit {
		return nil
	}
	if m.Kind != frame.Hello || m.ID != 0 {
		return errors.New("its first message is not a hello with id 0")
	}
	g, err := frame.ParseGreeting(m.Value)
	if err != nil {
		return err
	}
	l.greeting, l.greeted = g, true
	if g.Guards != nil {
		l.guards = make(map[string]bool, len(g.Guards))
		for _, name := range g.Guards {
			l.guards[name] = true
		}
	}
	close(l.ready)
	l.admit()
	return nil
}

// answer takes the reply to c, or the error.
func (l *Link) answer(c *call, m *frame.Message) error {
	c.answered = true
	if c.late {
		c.late = false
		l.overdue--
		l.admit()
	}
	if c.left {
		l.lingering--
		l.give(c)
		if l.notify != nil {
			go l.notify()
		}
		return nil
	}
	if c.over {
		return nil
	}
	if m.Kind == frame.Error {
		l.complete(c, failure(c.req, m))
		return nil
	}
	n := len(c.req.Reply)
	c.value = append(c.req.Reply, m.Value...)[n:]
	l.complete(c, nil)
	return nil
}

// failure returns the error that m tells.
func failure(req *core.Request, m *frame.Message) error {
	e := &core.Error{Kind: core.KindUser, Class: text(m.Class), Message: text(m.Text), Backtrace: frame.Lines(m.Backtrace, maxTrace)}
	kind, known := core.ParseErrorKind(string(m.Word))
	switch {
	case known && (kind == core.KindUser || kind == core.KindNoFunction || kind == core.KindProtocol):
		e.Kind = kind
	case e.Class == "":
		e.Class = text(m.Word)
	}
	if e.Message == "" && kind == core.KindNoFunction {
		e.Message = fmt.Sprintf("%s has no function %s", req.Module, req.Function)
	}
	return e
}

func text(b []byte) string { return string(bytes.ToValidUTF8(b, []byte("\uFFFD"))) }
