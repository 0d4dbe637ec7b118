package bertrpc

import (
	"unicode/utf8"

	"github.com/fondaco/fondaco/codec/bert"
	"github.com/fondaco/fondaco/core"
)

// The tags an envelope is made of.
const (
	tagAtom          = 100
	tagSmallInt      = 97
	tagInt           = 98
	tagSmallTuple    = 104
	tagLargeTuple    = 105
	tagNil           = 106
	tagString        = 107
	tagList          = 108
	tagBinary        = 109
	tagSmallAtom     = 115
	tagAtomUTF8      = 118
	tagSmallAtomUTF8 = 119
)

// maxName bounds the name of a module or function, as Erlang does (255
// characters of at most four bytes).
const maxName = 4 * 255

// word is the first element of a message.
type word uint8

const (
	wordCall word = iota
	wordCast
	wordInfo
)

// envelope is a message whose arguments were checked but not decoded. Its
// slices are parts of the message.
type envelope struct {
	word     word
	module   []byte // of an info: the command
	function []byte
	args     []byte // of an info: the options, any term
	strict   bool   // args hold only tags that every BERT library knows
}

// shapeError is what is wrong with a message that is a term.
type shapeError string

// Error returns the text.
func (e shapeError) Error() string { return string(e) }

const (
	errShape  shapeError = "a message is {call, Module, Function, Arguments}, {cast, ...} or {info, Command, Options}"
	errName   shapeError = "module and function are atoms of 1 to 255 characters in UTF-8"
	errArgs   shapeError = "the arguments are a list"
	errBehind shapeError = "something follows the term"
)

// scan takes the envelope of a message apart. It decodes nothing, allocates
// nothing, and checks the whole term once.
func scan(term []byte, limits core.Limits) (envelope, error) {
	var e envelope
	arity, pos := tuple(term)
	first, pos := atom(term, pos)
	switch {
	case pos == 0:
		return e, errShape
	case arity == 4 && string(first) == "call":
		e.word = wordCall
	case arity == 4 && string(first) == "cast":
		e.word = wordCast
	case arity == 3 && string(first) == "info":
		e.word = wordInfo
	default:
		return e, errShape
	}
	if e.module, pos = atom(term, pos); pos > 0 && e.word != wordInfo {
		e.function, pos = atom(term, pos)
	}
	if pos == 0 || !isName(e.module) || e.word != wordInfo && !isName(e.function) {
		return e, errName
	}
	e.args = term[pos:]
	if e.word != wordInfo && !isList(e.args) {
		return e, errArgs
	}
	n, strict, err := bert.Scan(e.args, limits)
	if err != nil {
		return e, err
	}
	if n != len(e.args) {
		return e, errBehind
	}
	e.strict = strict
	return e, nil
}

// tuple reads the head of a tuple; the second result is where its first
// element begins, or 0.
func tuple(data []byte) (arity, next int) {
	switch {
	case len(data) >= 2 && data[0] == tagSmallTuple:
		return int(data[1]), 2
	case len(data) >= 5 && data[0] == tagLargeTuple && data[1] == 0 && data[2] == 0 && data[3] == 0:
		return int(data[4]), 5
	}
	return 0, 0
}

// atom reads the atom at pos, unless that is 0; the second result is where the
// next term begins, or 0.
func atom(data []byte, pos int) (name []byte, next int) {
	if pos == 0 || len(data)-pos < 3 {
		return nil, 0
	}
	start, size := pos+2, int(data[pos+1])
	switch data[pos] {
	case tagAtom, tagAtomUTF8:
		start, size = pos+3, size<<8|int(data[pos+2])
	case tagSmallAtom, tagSmallAtomUTF8:
	default:
		return nil, 0
	}
	if size > len(data)-start {
		return nil, 0
	}
	return data[start : start+size], start + size
}

func isName(name []byte) bool {
	return len(name) > 0 && len(name) <= maxName && utf8.Valid(name)
}

func isList(data []byte) bool {
	return len(data) > 0 && (data[0] == tagList || data[0] == tagNil || data[0] == tagString)
}
