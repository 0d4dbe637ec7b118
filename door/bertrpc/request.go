package bertrpc

import (
	"time"

	"github.com/fondaco/fondaco/codec/bert"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/door"
	"github.com/fondaco/fondaco/wire/berp"
)

// request handles a call or a cast, and reports whether the connection goes
// on.
func (c *conn) request(e *berp.Request) bool {
	said := c.info
	c.info = info{kept: said.kept}
	if said.bad != nil {
		return c.malformed(codeUndesignated, said.bad)
	}
	c.door.counts.requests.Add(1)
	c.served = true
	c.ctx.kept.Store(said.kept)
	module, known := c.door.names.get(e.Module)
	function, known2 := c.door.names.get(e.Function)
	now := core.Now()
	c.req = core.Request{
		Kind:     core.Call,
		Priority: said.priority,
		Guard:    true,
		Module:   module,
		Function: function,
		Args:     core.Body{Codec: bert.Codec, Data: e.Args, Strict: e.Strict},
		Caller:   c.caller,
	}
	if said.timeout > 0 {
		c.req.Deadline = now + int64(said.timeout)
	}
	var err error
	if e.Word == berp.Cast {
		err = c.cast(said.kept)
	} else {
		err = c.call(now)
	}
	if err == nil && !known {
		c.door.names.learn(module)
	}
	if err == nil && !known2 {
		c.door.names.learn(function)
	}
	if !said.kept && !c.closed {
		c.gentleClose()
	}
	if cap(c.out) > keptBuffer || cap(c.spare) > keptBuffer || cap(c.inflated) > keptBuffer {
		c.memory, c.inflated = memory{}, nil
	}
	return said.kept && !c.closed
}

// call waits for the result and answers it. It returns the error that the
// caller was told.
func (c *conn) call(now int64) error {
	start := c.start()
	reserve(&c.out)
	c.req.Reply = c.out[replyHead:replyHead]
	c.ctx.begin(now)
	body, err := c.door.handler.Handle(c.ctx, &c.req)
	if c.ctx.end() {
		c.deadline = 0
	}
	var rest []byte
	if err == nil {
		rest, err = c.appendReply(body)
	}
	if err != nil {
		c.out, rest = appendError(c.out[:0], &c.req, err), nil
	}
	if !c.ctx.gone.Load() {
		if werr := c.send(c.out); werr == nil {
			werr = c.send(rest)
			if werr != nil {
				c.close()
			}
		} else {
			c.close()
		}
	}
	c.access(start, len(body.Data), err)
	return err
}

// cast acknowledges first, and closes a connection that is not kept, since
// what the cast takes is not the client's business. Its context is the door's:
// the client may go.
func (c *conn) cast(kept bool) error {
	start := c.start()
	c.req.Kind = core.Cast
	if c.send(noreply) != nil {
		c.close()
	} else if !kept {
		_ = c.tcp.CloseWrite()
	}
	_, err := c.door.handler.Handle(c.ctx.Context, &c.req)
	if err != nil {
		c.door.strangers.Warn("a cast failed", "module", c.req.Module, "function", c.req.Function, "remote", c.caller.Remote, "error", err)
	}
	c.access(start, 0, err)
	return err
}

// start returns the time when somebody wants to know it.
func (c *conn) start() (t time.Time) {
	if c.door.opts.Access != nil {
		t = time.Now()
	}
	return t
}

// access tells who wants to know about the request that is over.
func (c *conn) access(start time.Time, out int, err error) {
	if c.door.opts.Access == nil {
		return
	}
	c.door.opts.Access(&door.Access{
		Kind: c.req.Kind, Priority: c.req.Priority, Module: c.req.Module, Function: c.req.Function,
		Caller: c.caller, Served: c.req.Served, Start: start, Took: time.Since(start),
		In: len(c.req.Args.Data), Out: out, Err: err,
	})
}
