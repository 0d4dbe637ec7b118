package httpjson

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/fondaco/fondaco/codec"
	"github.com/fondaco/fondaco/codec/json"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/door"
)

// unbounded are the limits for what our own side made: its size was bounded
// where it came in.
var unbounded = core.ReadOptions{Limits: core.Limits{Bytes: math.MaxInt, Depth: 1024, Elements: math.MaxInt}}

// exchange is one HTTP request; a batch has many requests of ours in it.
type exchange struct {
	h       *Handler
	ctx     context.Context
	caller  *core.Caller
	timeout time.Duration
}

// call makes one request and appends its result, as JSON, to out. reply is
// scratch. On an error, out is returned as it was.
func (x *exchange) call(req *core.Request, args, out, reply []byte) ([]byte, error) {
	start := x.start()
	x.h.requests.Add(1)
	body, rest, err := codec.Scan(json.Codec, args, x.h.limits)
	if err == nil && len(rest) > 0 {
		err = core.NewError(core.KindProtocol, "something follows the arguments")
	}
	if err != nil {
		x.h.malformed.Add(1)
	}
	before := len(out)
	if err == nil {
		req.Args, req.Reply, req.Guard, req.Caller = body, reply[:0], true, x.caller
		if x.timeout > 0 {
			req.Deadline = core.Now() + int64(x.timeout)
		}
		ctx := x.ctx
		if req.Kind == core.Cast {
			ctx = context.WithoutCancel(ctx) // a cast outlives its connection
		}
		var result core.Body
		result, err = x.h.next.Handle(ctx, req)
		switch {
		case err != nil || req.Kind == core.Cast:
		case result.IsZero():
			out = append(out, "null"...)
		default:
			out, err = codec.Transcode(out, result, json.Codec, unbounded)
		}
	}
	x.access(req, start, len(out)-before, err)
	return out, err
}

// plain answers POST /module/function.
func (x *exchange) plain(w http.ResponseWriter, s *scratch, module, function string) {
	args := trim(s.body)
	if len(args) == 0 {
		args = []byte("[]")
	}
	if args[0] != '[' {
		x.h.refuse(w, http.StatusBadRequest, core.KindProtocol, "the body must be a JSON array, the arguments of "+module+"."+function)
		return
	}
	req := &core.Request{Kind: core.Call, Module: module, Function: function}
	var err error
	s.out, err = x.call(req, args, s.out[:0], s.reply)
	generation(w, req)
	if err != nil {
		x.h.problem(w, statusOf(err), explain(req, err))
		return
	}
	s.out = append(s.out, '\n')
	x.h.write(w, http.StatusOK, "application/json", s.out)
}

// generation tells which generation of its plugin answered.
func generation(w http.ResponseWriter, req *core.Request) {
	if req.Served.Generation != 0 {
		w.Header().Set("Fondaco-Generation", strconv.FormatUint(req.Served.Generation, 10))
	}
}

// write sends the whole answer; a client that does not take it for the idle
// time loses its connection.
func (h *Handler) write(w http.ResponseWriter, status int, contentType string, body []byte) {
	if h.idle > 0 {
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(h.idle + h.idle/4))
	}
	header := w.Header()
	header.Set("Content-Type", contentType)
	header.Set("Content-Length", strconv.Itoa(len(body)))
	header.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// start returns the time when somebody wants to know it.
func (x *exchange) start() (t time.Time) {
	if x.h.opts.Access != nil {
		t = time.Now()
	}
	return t
}

// access tells who wants to know about the request that is over.
func (x *exchange) access(req *core.Request, start time.Time, out int, err error) {
	if req.Kind == core.Cast && err != nil {
		x.h.strangers.Warn("a cast failed", "module", req.Module, "function", req.Function, "remote", x.caller.Remote, "error", err)
	}
	if x.h.opts.Access == nil {
		return
	}
	x.h.opts.Access(&door.Access{
		Kind: req.Kind, Priority: req.Priority, Module: req.Module, Function: req.Function,
		Caller: x.caller, Served: req.Served, Start: start, Took: time.Since(start),
		In: len(req.Args.Data), Out: out, Err: err,
	})
}

// trim takes JSON's white space off both ends.
func trim(b []byte) []byte {
	for len(b) > 0 && isSpace(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && isSpace(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }
