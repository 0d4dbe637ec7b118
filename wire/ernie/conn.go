//go:build unix

// Package ernie is the host's end of the wire `ernie`, by which Ernie's
// workers are called: BERT terms behind a length of four bytes, over two pipes,
// one call at a time. docs/protocol.md has its rules; they were found by
// watching the original server and its Ruby library.
package ernie

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"github.com/fondaco/fondaco/codec/bert"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/wire/berp"
	"github.com/fondaco/fondaco/wire/internal/sock"
)

// Options of a Conn. All fields must be set.
type Options struct {
	Plugin string // the plugin's name, for messages
	Limits core.Limits
	// Append appends body in BERT to dst.
	Append func(dst []byte, body core.Body) ([]byte, error)
	// Down is called once, on its own goroutine, when the worker has ended or
	// must be given up for the given reason. It ends the worker and returns the
	// error that the call in flight gets.
	Down func(reason error) error
	// Unsent is wrapped by the errors of calls of which nothing was sent.
	Unsent error
}

// Reasons of an end, beside those that wrap berp.ErrMalformed.
var (
	ErrClosed = errors.New("the worker was ended")
	ErrEnd    = errors.New("the worker closed its pipe")
	ErrHung   = errors.New("the worker did not answer in time")
)

const keepBuffer = 256 << 10

// Conn is the connection to one worker. It implements core.Handler and
// core.Interrupter. Calls take turns.
type Conn struct {
	opts Options
	pipe sock.Socket
	turn chan struct{} // holds a token while nobody calls
	done chan struct{} // closed when the worker has been ended
	gone chan struct{} // closed when the pipes are closed

	// Of whoever has the turn.
	out        []byte // request, from sent on still to be written
	sent       int
	in         []byte // read, from start to end not yet cut
	start, end int
	owed       int // answers to calls whose callers have gone

	mu     sync.Mutex
	req    *core.Request // whose Handle has the turn
	cause  error         // of its interruption
	reason error         // why the connection ended
	err    error         // what Down made of it
}

// New returns a connection that reads answers from the descriptor in and
// writes requests to out. Both belong to it, also when it fails.
func New(in, out int, opts Options) (*Conn, error) {
	c := &Conn{opts: opts, turn: make(chan struct{}, 1), done: make(chan struct{}), gone: make(chan struct{})}
	if err := c.pipe.Open(in, out); err != nil {
		return nil, fmt.Errorf("pipes to %s: %w", opts.Plugin, err)
	}
	c.turn <- struct{}{}
	return c, nil
}

// Done is closed when the connection has ended and the worker with it.
func (c *Conn) Done() <-chan struct{} { return c.done }

// Err returns the error that ended the connection, nil while it lives.
func (c *Conn) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Close ends the connection at once and returns when it is gone.
func (c *Conn) Close() {
	c.Fail(ErrClosed)
	<-c.gone
}

// Fail ends the connection for the given reason; ErrEnd when the worker has
// exited.
func (c *Conn) Fail(reason error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reason != nil {
		return
	}
	c.reason = reason
	c.pipe.Ring()
	go func() {
		err := c.opts.Down(reason)
		c.mu.Lock()
		c.err = err
		c.mu.Unlock()
		close(c.done)
		<-c.turn
		c.pipe.Close()
		close(c.gone)
	}()
}

// Handle sends req and waits for the answer. It watches neither ctx nor the
// deadline: whoever does calls Interrupt. The reply is copied once, behind
// what req.Reply holds.
func (c *Conn) Handle(_ context.Context, req *core.Request) (core.Body, error) {
	select {
	case <-c.turn:
	case <-c.done:
		return core.Body{}, c.unsent(req)
	}
	defer func() { c.turn <- struct{}{} }()
	if !c.enter(req) {
		return core.Body{}, c.unsent(req)
	}
	defer c.leave()
	at := len(c.out)
	word := berp.Call
	if req.Kind == core.Cast {
		word = berp.Cast
	}
	out, err := berp.BeginRequest(c.out, word, req.Module, req.Function)
	if err == nil {
		out, err = c.opts.Append(out, req.Args)
	}
	if err != nil {
		return core.Body{}, err
	}
	berp.Finish(out, at)
	c.out = out
	c.owed++
	return c.exchange(req)
}

func (c *Conn) enter(req *core.Request) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.req, c.cause = req, nil
	return c.reason == nil
}

func (c *Conn) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.req = nil
}

func (c *Conn) unsent(req *core.Request) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return &core.Error{Kind: core.KindBroken, Err: c.opts.Unsent,
		Message: fmt.Sprintf("%s.%s: the worker of %s has ended: %v", req.Module, req.Function, c.opts.Plugin, c.reason)}
}

// exchange writes and reads until the answer to req has come.
func (c *Conn) exchange(req *core.Request) (core.Body, error) {
	for {
		if err := c.write(); err != nil {
			return core.Body{}, c.broken(err)
		}
		if readable, _ := c.pipe.Poll(c.sent < len(c.out)); readable {
			if err := c.read(); err != nil {
				return core.Body{}, c.broken(err)
			}
		}
		if message, ok, err := c.answer(); err != nil {
			return core.Body{}, c.broken(err)
		} else if ok {
			return c.result(req, message)
		}
		if err, over := c.interrupted(req); over {
			return core.Body{}, err
		}
	}
}

// answer returns the answer to the last call once it is there, and drops those
// that nobody waits for.
func (c *Conn) answer() (message []byte, ok bool, err error) {
	for {
		message, ok, err = c.next()
		if err != nil || !ok {
			return nil, false, err
		}
		if c.owed--; c.owed == 0 {
			return message, true, nil
		}
	}
}

// result turns the worker's message into what Handle returns.
func (c *Conn) result(req *core.Request, message []byte) (core.Body, error) {
	a, err := berp.ParseAnswer(message, c.opts.Limits)
	switch {
	case err != nil:
		return core.Body{}, c.broken(err)
	case a.Word == "noreply":
		return core.Body{}, nil
	case a.Word == "error":
		return core.Body{}, failure(a)
	}
	n := len(req.Reply)
	return core.Body{Codec: bert.Codec, Data: append(req.Reply, a.Term...)[n:], Strict: a.Strict}, nil
}

// broken ends the connection and returns what the caller is told.
func (c *Conn) broken(reason error) error {
	c.Fail(reason)
	<-c.done
	return c.Err()
}

// interrupted reports whether the call has ended without an answer.
func (c *Conn) interrupted(req *core.Request) (error, bool) {
	c.mu.Lock()
	cause, reason := c.cause, c.reason
	c.mu.Unlock()
	switch {
	case cause == nil && reason == nil:
		return nil, false
	case cause == nil:
		return c.broken(reason), true
	case !errors.Is(cause, core.ErrTimeout):
		return cause, true
	}
	c.Fail(fmt.Errorf("%w: %s.%s", ErrHung, req.Module, req.Function))
	return core.Discard(cause), true
}

// Interrupt ends the running Handle of req with cause. After a timeout the
// worker is ended. When the caller has merely gone the worker goes on, and the
// next call waits for it.
func (c *Conn) Interrupt(req *core.Request, cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.req != req || c.cause != nil {
		return
	}
	var e *core.Error
	if !errors.As(cause, &e) || e.Message == "" {
		kind, message := core.KindCanceled, fmt.Sprintf("the caller of %s.%s has gone", req.Module, req.Function)
		if errors.Is(cause, core.ErrTimeout) {
			kind, message = core.KindTimeout, fmt.Sprintf("%s.%s did not answer before its deadline", req.Module, req.Function)
		}
		cause = core.NewError(kind, message)
	}
	c.cause = cause
	c.pipe.Ring()
}

// write writes what the pipe takes.
func (c *Conn) write() error {
	for c.sent < len(c.out) {
		n, err := c.pipe.Write(c.out[c.sent:])
		c.sent += n
		if err != nil {
			if sock.WouldBlock(err) {
				return nil
			}
			return fmt.Errorf("%w: %w", ErrEnd, err)
		}
	}
	if c.out, c.sent = c.out[:0], 0; cap(c.out) > keepBuffer {
		c.out = nil
	}
	return nil
}

// read reads what is there. The buffer grows as data arrive.
func (c *Conn) read() error {
	if c.start == c.end {
		if c.start, c.end = 0, 0; len(c.in) > keepBuffer {
			c.in = nil
		}
	}
	if len(c.in)-c.end < 4<<10 {
		grown := c.in
		if 2*(c.end-c.start) > len(c.in)-(16<<10) {
			grown = make([]byte, 2*len(c.in)+(16<<10))
		}
		c.end = copy(grown, c.in[c.start:c.end])
		c.start, c.in = 0, grown
	}
	n, err := c.pipe.Read(c.in[c.end:])
	c.end += n
	switch {
	case err == nil && n == 0:
		return ErrEnd
	case err != nil && !sock.WouldBlock(err):
		return fmt.Errorf("%w: %w", ErrEnd, err)
	}
	return nil
}

// next cuts off the next message. It aliases the buffer until read is called.
func (c *Conn) next() (message []byte, ok bool, err error) {
	have := c.in[c.start:c.end]
	if len(have) < berp.HeadSize {
		return nil, false, nil
	}
	n := binary.BigEndian.Uint32(have)
	if int64(n) > int64(c.opts.Limits.Bytes) {
		return nil, false, fmt.Errorf("%w: %d bytes, %d are allowed", berp.ErrMalformed, n, c.opts.Limits.Bytes)
	}
	if len(have)-berp.HeadSize < int(n) {
		return nil, false, nil
	}
	c.start += berp.HeadSize + int(n)
	return have[berp.HeadSize : berp.HeadSize+n], true, nil
}
