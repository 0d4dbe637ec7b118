package bertrpc

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/fondaco/fondaco/codec"
	"github.com/fondaco/fondaco/codec/bert"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/wire/berp"
)

// The codes of an error; see the package comment.
const (
	codeUndesignated = 0
	codeHeader       = 1
	codeData         = 2

	codeNoModule    = 1
	codeNoFunction  = 2
	codeBroken      = 100
	codeTimeout     = 101
	codeOverloaded  = 102
	codeUnavailable = 103
	codeDenied      = 104
	codeCanceled    = 105
	codeProtocol    = 106
)

// The bytes in front of the term of {reply, Term} and {error, Error}, behind
// the length.
const (
	replyPrefix = "\x83\x68\x02\x64\x00\x05reply"
	errorPrefix = "\x83\x68\x02\x64\x00\x05error"
	replyHead   = headerSize + len(replyPrefix)
)

// copied is the size up to which a result is copied behind its envelope, so
// that both go out in one write.
const copied = 16 << 10

// noreply is the whole message {noreply}.
var noreply = []byte("\x00\x00\x00\x0d\x83\x68\x01\x64\x00\x07noreply")

// memory is what messages are made in: out is the one to be sent, spare the
// one to make the next in.
type memory struct{ out, spare []byte }

// reserve makes room for the envelope of a reply.
func reserve(out *[]byte) {
	if cap(*out) < replyHead {
		*out = make([]byte, 0, firstBuffer)
	}
	*out = (*out)[:replyHead]
}

// appendReply makes the message {reply, Term} in m.out, which holds the room
// for its envelope, and perhaps the result behind it already, in whatever
// codec. A long result is not copied: it is to be sent as the second part.
func (m *memory) appendReply(body core.Body) (rest []byte, err error) {
	term, out := body.Data, m.out
	switch {
	case body.IsZero():
		out = append(out, bertNil...)
	case inPlace(out, body):
		out = out[:replyHead+len(term)]
	case isStrict(body) && len(term) > copied:
		rest = term
	case isStrict(body):
		out = append(out, term...)
	default: // not into out: that may be where the result stands
		reserve(&m.spare)
		if out, err = codec.Transcode(m.spare, body, bert.Codec, unbounded); err != nil {
			return nil, err
		}
		m.spare = m.out
	}
	m.out = out
	size := len(out) - headerSize + len(rest)
	if size > math.MaxUint32 {
		return nil, &core.Error{Kind: core.KindUser, Class: "UnencodableValue", Message: "the result is longer than a message can be"}
	}
	binary.BigEndian.PutUint32(out, uint32(size))
	copy(out[headerSize:], replyPrefix)
	return rest, nil
}

// bertNil is the term {bert, nil}.
const bertNil = "\x68\x02\x64\x00\x04bert\x64\x00\x03nil"

// inPlace reports whether the result stands where the request lent room.
func inPlace(out []byte, body core.Body) bool {
	n := replyHead + len(body.Data)
	return isStrict(body) && len(body.Data) > 0 && n <= cap(out) && &out[:n][replyHead] == &body.Data[0]
}

// isStrict reports whether the body can go to any BERT library as it is.
func isStrict(body core.Body) bool { return body.Strict && body.Codec == bert.Codec }

// unbounded are the limits for what our own side made: its size was bounded
// where it came in.
var unbounded = core.ReadOptions{Limits: core.Limits{Bytes: math.MaxInt, Depth: 1024, Elements: math.MaxInt}}

// appendProtocolError makes the message {error, {protocol, ...}}.
func appendProtocolError(out []byte, code int, err error) []byte {
	detail := err.Error()
	var e *core.Error
	if errors.As(err, &e) {
		detail = e.Detail()
	}
	out = append(out[:0], 0, 0, 0, 0)
	out = append(out, errorPrefix...)
	return finish(appendTuple(out, "protocol", code, "ProtocolError", detail, nil))
}

// appendError makes the message {error, Error} for the request that failed.
func appendError(out []byte, req *core.Request, err error) []byte {
	e := core.AsError(err)
	out = append(out[:0], 0, 0, 0, 0)
	out = append(out, errorPrefix...)
	if !e.Term.IsZero() {
		if whole, terr := codec.Transcode(out, e.Term, bert.Codec, unbounded); terr == nil {
			return finish(whole)
		}
	}
	switch e.Kind {
	case core.KindUser:
		return finish(appendTuple(out, "user", e.Code, e.Class, e.Detail(), e.Backtrace))
	case core.KindNoModule:
		return finish(appendTuple(out, "server", codeNoModule, "ServerError", "No such module '"+req.Module+"'", nil))
	case core.KindNoFunction:
		text := "No such function '" + req.Module + ":" + req.Function + "'"
		return finish(appendTuple(out, "server", codeNoFunction, "ServerError", text, nil))
	}
	return finish(appendTuple(out, "server", serverCode(e.Kind), e.Kind.String(), e.Detail(), e.Backtrace))
}

func serverCode(k core.ErrorKind) int {
	switch k {
	case core.KindBroken:
		return codeBroken
	case core.KindTimeout:
		return codeTimeout
	case core.KindOverloaded:
		return codeOverloaded
	case core.KindUnavailable:
		return codeUnavailable
	case core.KindDenied:
		return codeDenied
	case core.KindCanceled:
		return codeCanceled
	case core.KindProtocol:
		return codeProtocol
	}
	return codeUndesignated
}

// appendTuple appends {Type, Code, Class, Detail, Backtrace}.
func appendTuple(out []byte, kind string, code int, class, detail string, backtrace []string) []byte {
	return berp.AppendFailure(out, berp.Failure{Type: kind, Code: code, Class: class, Detail: detail, Backtrace: backtrace})
}

// finish writes the length in front of a message that is complete.
func finish(message []byte) []byte {
	binary.BigEndian.PutUint32(message, uint32(len(message)-headerSize))
	return message
}
