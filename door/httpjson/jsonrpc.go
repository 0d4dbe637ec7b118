package httpjson

import (
	"context"
	stdjson "encoding/json"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/fondaco/fondaco/codec"
	"github.com/fondaco/fondaco/codec/json"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/wire/problem"
)

// The codes of JSON-RPC, and of our own errors from -32000 down.
const (
	codeParse    = -32700
	codeInvalid  = -32600
	codeNotFound = -32601
	codeParams   = -32602
	codeInternal = -32603
	codeUser     = -32000
)

const (
	// maxBatch bounds the requests of a batch.
	maxBatch = 1000
	// sideBySide is how many of them run at a time.
	sideBySide = 8
	// batchAnswers bounds the answers of a batch, in messages of the largest
	// size: when they are over it, what has not begun is refused.
	batchAnswers = 4
)

// codeOf returns the code for an error.
func codeOf(kind core.ErrorKind) int {
	switch kind {
	case core.KindProtocol:
		return codeParams
	case core.KindNoModule, core.KindNoFunction:
		return codeNotFound
	case core.KindUser:
		return codeUser
	case core.KindBroken:
		return -32001
	case core.KindTimeout:
		return -32002
	case core.KindOverloaded:
		return -32003
	case core.KindUnavailable:
		return -32004
	case core.KindDenied:
		return -32005
	case core.KindCanceled:
		return -32006
	}
	return codeInternal
}

// rpc answers a JSON-RPC message.
func (x *exchange) rpc(w http.ResponseWriter, s *scratch) {
	message := trim(s.body)
	if _, err := codec.Whole(json.Codec, message, x.h.limits); err != nil {
		x.unreadable(w, s, err)
		return
	}
	if message[0] == '[' {
		x.batch(w, s, message)
		return
	}
	c := parse(message, x.h.limits)
	out, req := x.one(&c, s.out[:0], s.reply)
	s.out = out
	generation(w, req)
	x.answer(w, out)
}

// one handles one request and appends the response, if there is one.
func (x *exchange) one(c *call, out, reply []byte) ([]byte, *core.Request) {
	req := &core.Request{Kind: core.Call, Module: c.module, Function: c.function}
	if c.err != nil {
		if c.id == nil {
			return out, req
		}
		return appendError(out, c.id, c.err.code, c.err.Error), req
	}
	if c.id == nil {
		req.Kind = core.Cast
		_, _ = x.call(req, c.args, out, reply)
		return out, req
	}
	before := len(out)
	out = append(out, `{"jsonrpc":"2.0","result":`...)
	out, err := x.call(req, c.args, out, reply)
	if err != nil {
		e := explain(req, err)
		return appendError(out[:before], c.id, codeOf(e.Kind), e), req
	}
	out = append(append(out, `,"id":`...), c.id...)
	return append(out, '}'), req
}

// batch answers a list of requests, in their order.
func (x *exchange) batch(w http.ResponseWriter, s *scratch, message []byte) {
	list, err := elements(message, x.h.limits, maxBatch)
	switch {
	case err != nil:
		x.answer(w, appendError(s.out[:0], null, codeInvalid, core.NewError(core.KindOverloaded, "a batch has at most 1000 requests")))
		return
	case len(list) == 0:
		x.answer(w, appendError(s.out[:0], null, codeInvalid, core.NewError(core.KindProtocol, "an empty batch")))
		return
	}
	answers := x.sideBySide(list)
	out := s.out[:0]
	for _, answer := range answers {
		if len(answer) == 0 {
			continue
		}
		separator := byte(',')
		if len(out) == 0 {
			separator = '['
		}
		out = append(append(out, separator), answer...)
	}
	if len(out) > 0 {
		out = append(out, ']')
	}
	s.out = out
	x.answer(w, out)
}

// sideBySide handles the requests of a batch, several at a time.
func (x *exchange) sideBySide(list [][]byte) [][]byte {
	answers := make([][]byte, len(list))
	var next, size atomic.Int64
	var wg sync.WaitGroup
	for range min(sideBySide, len(list)) {
		wg.Go(func() {
			reply := make([]byte, 0, firstBuffer)
			for {
				i := int(next.Add(1)) - 1
				if i >= len(list) {
					return
				}
				c := parse(list[i], x.h.limits)
				if err := x.full(size.Load()); err != nil {
					c.err = err
				}
				answers[i], _ = x.one(&c, nil, reply)
				size.Add(int64(len(answers[i])))
			}
		})
	}
	wg.Wait()
	return answers
}

// full says that no more of a batch may begin.
func (x *exchange) full(size int64) *rpcError {
	if size > batchAnswers*x.h.max {
		return &rpcError{codeOf(core.KindOverloaded), core.NewError(core.KindOverloaded, "the answers of the batch are too long; ask for less at a time")}
	}
	if x.ctx.Err() != nil {
		return &rpcError{codeOf(core.KindCanceled), &core.Error{Kind: core.KindCanceled, Message: "the client has gone", Err: context.Cause(x.ctx)}}
	}
	return nil
}

// answer sends the responses, or that there are none.
func (x *exchange) answer(w http.ResponseWriter, out []byte) {
	if len(out) == 0 {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	x.h.write(w, http.StatusOK, "application/json", append(out, '\n'))
}

// unreadable answers a message that could not be read, or is no JSON.
func (x *exchange) unreadable(w http.ResponseWriter, s *scratch, err error) {
	s.out = append(appendError(s.out[:0], null, codeParse, core.AsError(err)), '\n')
	x.h.write(w, statusOf(err), "application/json", s.out)
}

// appendError appends the response to a request that failed.
func appendError(out, id []byte, code int, e *core.Error) []byte {
	message := e.Detail()
	if message == "" {
		message = problem.Title(e.Kind)
	}
	body, err := stdjson.Marshal(struct {
		Code    int           `json:"code"`
		Message string        `json:"message"`
		Data    problem.Facts `json:"data"`
	}{code, message, problem.FactsOf(e)})
	if err != nil { // it has texts and numbers only
		body = null
	}
	out = append(append(out, `{"jsonrpc":"2.0","error":`...), body...)
	out = append(append(out, `,"id":`...), id...)
	return append(out, '}')
}
