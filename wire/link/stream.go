package link

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/wire/frame"
)

// stream is what a call has besides its arguments when something is streamed
// in or out. Everything but ctx is guarded by the link's mu.
type stream struct {
	ctx    context.Context
	cancel context.CancelFunc

	granted int      // chunks the worker may still send
	chunks  [][]byte // received and not passed on
	passing bool     // one more is being passed on
	spare   [][]byte // buffers of chunks that were passed on
	owed    int      // chunks passed on for which no credit was given yet

	room    int // chunks the worker wants
	pumping bool
	pumped  bool
}

// draining reports whether c was answered while chunks before the answer are
// still to be passed on.
func (c *call) draining() bool {
	return c.stream != nil && c.answered && (len(c.stream.chunks) > 0 || c.stream.passing)
}

// openStream makes c a streaming call. It never leads: its caller is busy with
// the sink.
func (l *Link) openStream(c *call) {
	s := &stream{granted: l.opts.Window}
	s.ctx, s.cancel = context.WithCancel(c.ctx)
	c.stream, c.follows = s, true
	l.streams++
}

// closeStream waits until nothing uses the request's source any more.
func (l *Link) closeStream(c *call) {
	c.stream.cancel()
	l.drained.Broadcast()
	for c.stream.pumping {
		l.park(c)
	}
	l.streams--
}

// serveStream passes one chunk on and reports whether there was one.
func (l *Link) serveStream(c *call) bool {
	s := c.stream
	if len(s.chunks) == 0 {
		return false
	}
	chunk := s.chunks[0]
	s.chunks, s.passing = s.chunks[1:], true
	l.mu.Unlock()
	err := c.req.Out.Send(s.ctx, chunk)
	l.mu.Lock()
	s.passing = false
	if err != nil {
		s.chunks = nil
		l.abandon(c, streamFailure(c.req, err), false)
		if c.err == nil {
			c.err = streamFailure(c.req, err)
		}
		return true
	}
	s.spare = append(s.spare, chunk[:0])
	s.owed++
	if s.owed >= (l.opts.Window+1)/2 && !c.answered && !l.down {
		l.out = frame.AppendCredit(l.out, c.id, s.owed)
		s.granted += s.owed
		s.owed = 0
		l.flush(false)
		l.handOver()
	}
	return true
}

// streamFailure is the error of a call whose caller's end of a stream failed.
func streamFailure(req *core.Request, err error) error {
	var e *core.Error
	if errors.As(err, &e) {
		return err
	}
	return &core.Error{Kind: core.KindCanceled, Message: fmt.Sprintf("the stream of the caller of %s.%s ended", req.Module, req.Function), Err: err}
}

// chunk takes a chunk of the stream out. c is nil for a call that is unknown or
// was answered.
func (l *Link) chunk(c *call, m *frame.Message) error {
	if c == nil || c.left || c.over {
		return nil
	}
	s := c.stream
	if s == nil || c.req.Out == nil || s.granted == 0 {
		return fmt.Errorf("it sent a chunk to %s.%s without credit", c.req.Module, c.req.Function)
	}
	s.granted--
	var buf []byte
	if n := len(s.spare); n > 0 {
		buf, s.spare = s.spare[n-1], s.spare[:n-1]
	}
	s.chunks = append(s.chunks, append(buf, m.Value...))
	l.rouse(c)
	return nil
}

// maxCredit bounds what a worker may ask for at a time.
const maxCredit = 1 << 30

// credit takes the worker's wish for n more chunks of the stream in.
func (l *Link) credit(c *call, m *frame.Message) error {
	if c == nil || c.left || c.over {
		return nil
	}
	s := c.stream
	if s == nil || c.req.In == nil {
		return fmt.Errorf("it granted credit to %s.%s, which streams nothing in", c.req.Module, c.req.Function)
	}
	s.room = min(s.room+m.Credit, maxCredit)
	if !s.pumped {
		s.pumped, s.pumping = true, true
		go l.pump(c, s)
		return nil
	}
	l.drained.Broadcast()
	return nil
}

// pump sends what the caller streams in, as far as the worker wants it.
func (l *Link) pump(c *call, s *stream) {
	source, id := c.req.In, c.id
	var err error
	for more := true; more && err == nil; {
		var chunk []byte
		chunk, err = source.Next(s.ctx)
		for len(chunk) > 0 && more && err == nil {
			n := min(len(chunk), frame.MaxChunk)
			more = l.sendChunk(c, s, id, chunk[:n])
			chunk = chunk[n:]
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.down || c.over || c.answered:
	case errors.Is(err, io.EOF):
		l.out = frame.AppendBare(l.out, frame.End, id)
		l.flush(false)
		l.handOver()
	case err != nil:
		l.abandon(c, streamFailure(c.req, err), false)
	}
	s.pumping = false
	l.rouse(c)
}

// sendChunk waits for credit and room, and sends. It reports false when the
// call has ended.
func (l *Link) sendChunk(c *call, s *stream, id uint32, chunk []byte) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for !l.down && !c.over && !c.answered && (s.room == 0 || !l.room()) {
		l.drained.Wait()
	}
	if l.down || c.over || c.answered {
		return false
	}
	s.room--
	l.out = frame.AppendChunk(l.out, id, chunk)
	l.flush(false)
	l.handOver()
	return true
}
