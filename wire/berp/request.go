package berp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/fondaco/fondaco/codec/bert"
	"github.com/fondaco/fondaco/core"
)

// maxName bounds the name of a module or function, as Erlang does (255
// characters of at most four bytes).
const maxName = 4 * 255

// Word is the first element of a request.
type Word uint8

// The words.
const (
	Call Word = iota
	Cast
	Info
)

// String returns the atom.
func (w Word) String() string {
	switch w {
	case Cast:
		return "cast"
	case Info:
		return "info"
	}
	return "call"
}

// Request is a request whose arguments were checked but not decoded. Its
// slices are parts of the message.
type Request struct {
	Word     Word
	Module   []byte // of an info: the command
	Function []byte
	Args     []byte // of an info: the options, any term
	Strict   bool   // Args hold only tags that every BERT library knows
}

// What is wrong with a message that is a term, but no request.
var (
	errShape  = errors.New("a message is {call, Module, Function, Arguments}, {cast, ...} or {info, Command, Options}")
	errName   = errors.New("module and function are atoms of 1 to 255 characters in UTF-8")
	errArgs   = errors.New("the arguments are a list")
	errBehind = errors.New("something follows the term")
)

// ParseRequest takes the term of a request apart. It decodes nothing,
// allocates nothing, and checks the whole term once.
func ParseRequest(term []byte, limits core.Limits) (Request, error) {
	var r Request
	arity, pos := tuple(term)
	word, pos := atom(term, pos)
	switch {
	case pos == 0:
		return r, errShape
	case arity == 4 && string(word) == "call":
		r.Word = Call
	case arity == 4 && string(word) == "cast":
		r.Word = Cast
	case arity == 3 && string(word) == "info":
		r.Word = Info
	default:
		return r, errShape
	}
	if r.Module, pos = atom(term, pos); pos > 0 && r.Word != Info {
		r.Function, pos = atom(term, pos)
	}
	if pos == 0 || !isName(r.Module) || r.Word != Info && !isName(r.Function) {
		return r, errName
	}
	r.Args = term[pos:]
	if r.Word != Info && !isList(r.Args) {
		return r, errArgs
	}
	n, strict, err := bert.Scan(r.Args, limits)
	if err != nil {
		return r, err
	}
	if n != len(r.Args) {
		return r, errBehind
	}
	r.Strict = strict
	return r, nil
}

// BeginRequest appends a call or a cast up to its arguments, which the caller
// appends as a list in BERT; Finish completes the message. It fails when a name
// is none.
func BeginRequest(dst []byte, word Word, module, function string) ([]byte, error) {
	start := len(dst)
	dst = appendAtom(append(dst, 0, 0, 0, 0, bert.Magic, tagSmallTuple, 4), word.String())
	for _, name := range []string{module, function} {
		if name == "" || len(name) > maxName {
			text := fmt.Sprintf("%.40q is no name: module and function have 1 to %d bytes", name, maxName)
			return dst[:start], core.NewError(core.KindProtocol, text)
		}
		dst = appendAtom(dst, name)
	}
	return dst, nil
}

// Finish fills in the length of the message that begins at start and goes to
// the end of buf.
func Finish(buf []byte, start int) {
	binary.BigEndian.PutUint32(buf[start:], uint32(len(buf)-start-HeadSize))
}

func appendAtom(dst []byte, name string) []byte {
	return append(binary.BigEndian.AppendUint16(append(dst, tagAtom), uint16(len(name))), name...)
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
