package bertrpc

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/fondaco/fondaco/codec/bert"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/wire/berp"
)

const (
	// maxInfos bounds the infos in front of one request.
	maxInfos = 32
	// piece is what is written before the deadline is looked at again, so that
	// a client may be slow but not stuck.
	piece = 256 << 10
	// linger bounds how long a closing connection reads on, so that what the
	// client still sends does not reset the answer away.
	linger = time.Second
)

// conn is one connection, served by one goroutine.
type conn struct {
	door     *Door
	tcp      *net.TCPConn
	ctx      *connContext
	caller   *core.Caller
	deadline int64 // of the socket, on the clock of core.Now; 0: not known
	served   bool  // a request was answered
	closed   bool
	info     info
	*scratch
}

// scratch is the memory of a connection that another may have afterwards.
type scratch struct {
	in frames
	memory
	inflated []byte
	req      core.Request
}

func newConn(base context.Context, d *Door, tcp *net.TCPConn) *conn {
	return &conn{door: d, tcp: tcp, ctx: &connContext{Context: base, tcp: tcp}}
}

// serve answers what the client sends until one of both has enough.
func (c *conn) serve() {
	defer c.finish()
	c.scratch, _ = c.door.scratch.Get().(*scratch)
	if c.scratch == nil {
		c.scratch = &scratch{in: frames{buf: make([]byte, firstBuffer)}, memory: memory{out: make([]byte, 0, firstBuffer)}}
	}
	c.in.src, c.in.max = c.tcp, c.door.spec.MaxMessage
	c.caller = &core.Caller{Remote: c.tcp.RemoteAddr().String(), Door: c.door.url}
	for c.step() {
	}
}

// finish gives back all that the connection has.
func (c *conn) finish() {
	if p := recover(); p != nil {
		c.door.log.Error("panic on a connection", "remote", c.tcp.RemoteAddr().String(), "panic", p)
		c.scratch = nil
	}
	c.ctx.leave()
	c.close()
	if s := c.scratch; s != nil && len(s.in.buf) <= keptBuffer && cap(s.out) <= keptBuffer && cap(s.spare) <= keptBuffer && cap(s.inflated) <= keptBuffer {
		s.in = frames{buf: s.in.buf}
		s.req = core.Request{}
		c.door.scratch.Put(s)
	}
	c.door.remove(c)
}

// step reads one message and acts on it. It reports whether more may follow.
func (c *conn) step() bool {
	if c.info.count == 0 {
		c.arm()
	}
	if c.door.draining.Load() {
		if c.served {
			c.gentleClose()
			return false
		}
		_ = c.tcp.SetReadDeadline(time.Now().Add(stopGrace))
	}
	message, err := c.in.next()
	if err != nil {
		c.failed(err)
		return false
	}
	term, err := bert.Open(c.inflated[:0], message, c.door.limits)
	if err != nil {
		return c.malformed(codeData, err)
	}
	if len(term) > 0 && &term[0] != &message[min(1, len(message)-1)] {
		c.inflated = term
	}
	e, err := berp.ParseRequest(term, c.door.limits)
	if err != nil {
		return c.malformed(codeData, err)
	}
	if e.Word != berp.Info {
		return c.request(&e)
	}
	c.info.take(&e, c.door.limits)
	if c.info.count > maxInfos {
		return c.malformed(codeUndesignated, errManyInfos)
	}
	return true
}

// failed ends the connection because no message came; who is in the middle of
// one is told why.
func (c *conn) failed(err error) {
	var f *frameError
	if errors.As(err, &f) && f.reason != "" {
		c.malformed(f.code, f)
	}
}

// malformed answers what cannot be read, and ends the connection.
func (c *conn) malformed(code int, err error) bool {
	c.door.counts.malformed.Add(1)
	c.door.strangers.Info("a client sent what is no message", "remote", c.caller.Remote, "error", err)
	c.deadline = 0
	if c.send(appendProtocolError(c.out[:0], code, err)) == nil {
		c.lingeringClose()
	}
	return false
}

// arm gives the client the idle time, and up to a quarter more, so that not
// every message costs a timer.
func (c *conn) arm() {
	idle := int64(c.door.spec.Idle)
	if idle <= 0 {
		return
	}
	if now := core.Now(); c.deadline-now < idle {
		c.deadline = now + idle + idle/4
		_ = c.tcp.SetDeadline(time.Now().Add(time.Duration(idle + idle/4)))
	}
}

// send writes p, however long that takes, as long as it goes on.
func (c *conn) send(p []byte) error {
	for len(p) > 0 {
		c.arm()
		n, err := c.tcp.Write(p[:min(len(p), piece)])
		if err != nil {
			return err
		}
		p = p[n:]
	}
	return nil
}

// close closes the connection at once.
func (c *conn) close() {
	if !c.closed {
		c.closed = true
		_ = c.tcp.Close()
	}
}

// gentleClose closes the connection so that the answer arrives: at once, when
// the client sent nothing more.
func (c *conn) gentleClose() {
	more := c.in.left()
	if raw, err := c.tcp.SyscallConn(); err == nil && !more {
		_ = raw.Control(func(fd uintptr) { more = unread(fd) })
	}
	if more {
		c.lingeringClose()
	}
	c.close()
}

// lingeringClose ends the sending side, and reads and drops what still comes
// until the client closes, but not for long.
func (c *conn) lingeringClose() {
	_ = c.tcp.CloseWrite()
	_ = c.tcp.SetReadDeadline(time.Now().Add(linger))
	for {
		if _, err := c.tcp.Read(c.in.buf); err != nil {
			break
		}
	}
	c.close()
}
