//go:build unix

// Package ernie is the host's end of the wire `ernie`, by which Ernie's
// workers are called: BERT terms behind a length of four bytes, over two pipes,
// one call at a time. docs/protocol.md has its rules; they were found by
// watching the original server and its Ruby library.
package ernie

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/fondaco/fondaco/codec/bert"
	"github.com/fondaco/fondaco/core"
)

// The tags of BERT that envelopes are made of.
const (
	tagSmallInt   = 97
	tagInt        = 98
	tagAtom       = 100
	tagSmallTuple = 104
	tagLargeTuple = 105
	tagNil        = 106
	tagString     = 107
	tagList       = 108
	tagBinary     = 109
)

// ErrMalformed is wrapped by the errors for bytes that are no answer.
var ErrMalformed = errors.New("malformed answer")

// AppendCall appends a frame with a call, or a cast, of function in module.
// args is a list in BERT.
func AppendCall(dst []byte, cast bool, module, function string, args []byte) ([]byte, error) {
	kind := "call"
	if cast {
		kind = "cast"
	}
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0, bert.Magic, tagSmallTuple, 4)
	for _, atom := range []string{kind, module, function} {
		if len(atom) > math.MaxUint16 {
			return dst[:start], core.NewError(core.KindProtocol, fmt.Sprintf("a name of %d bytes is too long for an atom", len(atom)))
		}
		dst = append(binary.BigEndian.AppendUint16(append(dst, tagAtom), uint16(len(atom))), atom...)
	}
	dst = append(dst, args...)
	binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start-4))
	return dst, nil
}

// answer is one message of a worker, taken apart. term aliases the message.
type answer struct {
	kind   string // "reply", "noreply" or "error"
	term   []byte
	strict bool
}

// parse takes apart the term of a message, its magic byte already gone.
func parse(term []byte, limits core.Limits) (answer, error) {
	if len(term) < 2 || term[0] != tagSmallTuple {
		return answer{}, fmt.Errorf("%w: it is no tuple", ErrMalformed)
	}
	size := term[1]
	kind, rest, ok := atom(term[2:])
	switch {
	case !ok:
		return answer{}, fmt.Errorf("%w: it does not begin with an atom", ErrMalformed)
	case kind == "noreply" && size == 1 && len(rest) == 0:
		return answer{kind: kind}, nil
	case (kind != "reply" && kind != "error") || size != 2:
		return answer{}, fmt.Errorf("%w: a tuple {%s, ...} of %d elements", ErrMalformed, kind, size)
	}
	n, strict, err := bert.Scan(rest, limits)
	if err != nil {
		return answer{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if n != len(rest) {
		return answer{}, fmt.Errorf("%w: %d bytes follow the term", ErrMalformed, len(rest)-n)
	}
	return answer{kind: kind, term: rest, strict: strict}, nil
}

// failure returns the error that the term of {error, Term} tells, as a user
// error that carries the term itself: doors that speak BERT pass it on
// unchanged. Also an error of type server is a user error here: a worker's "no
// such function" must not send the call to the next plugin, for the original
// does not either.
func failure(term []byte, strict bool) *core.Error {
	e := &core.Error{Kind: core.KindUser, Class: "Error", Term: core.Body{Codec: bert.Codec, Data: append([]byte(nil), term...), Strict: strict}}
	elements, ok := elements(term, 5)
	if !ok {
		e.Message = "the worker answered an error of its own"
		return e
	}
	if n, ok := integer(elements[1]); ok {
		e.Code = n
	}
	if s, ok := text(elements[2]); ok && s != "" {
		e.Class = s
	}
	// {server, 0, Message} has no class.
	if elements[3] == nil {
		e.Message, e.Class = e.Class, "Error"
		return e
	}
	e.Message, _ = text(elements[3])
	e.Backtrace = lines(elements[4])
	return e
}

// maxTrace bounds the lines of a backtrace.
const maxTrace = 256

func lines(list []byte) []string {
	n, rest, ok := container(list, tagList)
	if !ok {
		return nil
	}
	var all []string
	for range min(n, maxTrace) {
		size, _, err := bert.Scan(rest, core.Limits{})
		if err != nil {
			break
		}
		if line, ok := text(rest[:size]); ok {
			all = append(all, line)
		}
		rest = rest[size:]
	}
	return all
}
