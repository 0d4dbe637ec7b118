package lua

import (
	"fmt"

	"github.com/fondaco/fondaco/codec/cbor"
	"github.com/fondaco/fondaco/core"

	glua "github.com/yuin/gopher-lua"
)

// The bounds of one instance's tables.
const (
	maxArgs   = 200 // arguments of one call, which lie on the lane's stack
	maxCodecs = 8   // codecs whose readers and writers are kept
)

// codec is a codec with a reader and a writer of the instance's own.
type codec struct {
	codec  core.Codec
	reader core.TokenReader
	writer core.TokenWriter
}

// use makes c the codec of what is read and written next. The caller has the
// turn.
func (in *instance) use(c core.Codec) {
	for i := range in.codecs {
		if in.codecs[i].codec == c {
			in.in.tokens, in.out.tokens = in.codecs[i].reader, in.codecs[i].writer
			return
		}
	}
	if len(in.codecs) == maxCodecs {
		in.codecs = in.codecs[:0]
	}
	in.codecs = append(in.codecs, codec{c, c.NewReader(), c.NewWriter()})
	last := &in.codecs[len(in.codecs)-1]
	in.in.tokens, in.out.tokens = last.reader, last.writer
}

// read fills the lane's arguments with the elements of body, a list. That the
// body is exactly one value is its owner's word.
func (in *instance) read(l *lane, body core.Body) error {
	if body.IsZero() {
		return nil
	}
	in.use(body.Codec)
	r := &in.in
	r.holes = 0
	r.tokens.Reset(body.Data, core.ReadOptions{Binaries: in.spec.Binaries})
	if err := r.tokens.Next(&r.token); err != nil {
		return err
	}
	if r.token.Kind != core.ListToken {
		return core.NewError(core.KindProtocol, fmt.Sprintf("the arguments are a %v, not a list", r.token.Kind))
	}
	for {
		v, err := r.next()
		if err != nil {
			return err
		}
		if v == nil {
			return nil
		}
		if len(l.args) == maxArgs {
			return &core.Error{Kind: core.KindUser, Class: "ArgumentError", Message: fmt.Sprintf("more than %d arguments", maxArgs)}
		}
		l.args = append(l.args, v)
	}
}

// decode returns one value, such as the result of a nested call.
func (in *instance) decode(body core.Body) (glua.LValue, error) {
	if body.IsZero() {
		return glua.LNil, nil
	}
	in.use(body.Codec)
	in.in.holes = 0
	in.in.tokens.Reset(body.Data, core.ReadOptions{Binaries: in.spec.Binaries})
	return in.in.next()
}

// encode returns values as a list, the arguments of a nested call.
func (in *instance) encode(values ...glua.LValue) (core.Body, error) {
	in.use(cbor.Codec)
	w := &in.out
	w.elements = 0
	w.tokens.Reset(nil)
	if err := w.list(values); err != nil {
		return core.Body{}, err
	}
	data, err := w.tokens.Bytes()
	return core.Body{Codec: cbor.Codec, Data: data, Strict: true}, err
}

// reply encodes a result in the codec of the request's arguments.
func (in *instance) reply(req *core.Request, result glua.LValue) (core.Body, error) {
	c := req.Args.Codec
	if c == nil {
		c = cbor.Codec
	}
	in.use(c)
	w := &in.out
	w.elements = 0
	w.tokens.Reset(req.Reply)
	err := w.put(result, 0)
	var data []byte
	if err == nil {
		data, err = w.tokens.Bytes()
	}
	if err != nil {
		reason := core.AsError(err)
		return core.Body{}, &core.Error{Kind: core.KindUser, Class: reason.Class, Err: reason.Err,
			Message: "result of " + req.Module + "." + req.Function + ": " + reason.Message}
	}
	return core.Body{Codec: c, Data: data[len(req.Reply):], Strict: true}, nil
}

// list puts values as a list.
func (w *writer) list(values []glua.LValue) error {
	w.token.Kind, w.token.Len = core.ListToken, len(values)
	if err := w.tokens.Put(&w.token); err != nil {
		return err
	}
	for _, v := range values {
		if err := w.put(v, 1); err != nil {
			return err
		}
	}
	return w.end()
}
