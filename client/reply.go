package client

import (
	"fmt"
	"strings"

	"github.com/fondaco/fondaco/codec"
	"github.com/fondaco/fondaco/codec/bert"
	"github.com/fondaco/fondaco/codec/value"
	"github.com/fondaco/fondaco/core"
)

// The tags an envelope is made of.
const (
	tagAtom       = 100
	tagSmallTuple = 104
)

// The codes of server errors.
const (
	codeNoModule   = 1
	codeNoFunction = 2
	codeKinds      = 100 // from here on the class is the kind's word
)

// parseReply reads {reply, Term}, {noreply} or {error, Error}.
func parseReply(where string, message []byte) (core.Body, error) {
	term, err := bert.Open(nil, message, limits)
	if err != nil {
		return core.Body{}, err
	}
	word, rest := envelope(term)
	switch word {
	case "noreply":
		return core.Body{}, nil
	case "reply":
		return codec.Whole(bert.Codec, rest, limits)
	case "error":
		return core.Body{}, parseError(where, rest)
	}
	return core.Body{}, unreadable(where, "neither a reply nor an error")
}

// envelope returns the word at the head of a tuple, and what follows it.
func envelope(term []byte) (word string, rest []byte) {
	const head = 5 // tag, arity, tag, two bytes of length
	if len(term) < head || term[0] != tagSmallTuple || term[2] != tagAtom {
		return "", nil
	}
	end := head + int(term[3])<<8 + int(term[4])
	if end > len(term) {
		return "", nil
	}
	return string(term[head:end]), term[end:]
}

// parseError reads {Type, Code, Class, Detail, Backtrace}, a tuple or a list;
// the last two may be missing.
func parseError(where string, term []byte) error {
	var v any
	if err := value.Unmarshal(core.Body{Codec: bert.Codec, Data: term}, &v); err != nil {
		return err
	}
	var fields []any
	switch v := v.(type) {
	case value.Tuple:
		fields = v
	case []any:
		fields = v
	}
	if len(fields) < 3 {
		return unreadable(where, "an error without type, code and class")
	}
	code, _ := fields[1].(int64)
	e := &core.Error{Kind: core.KindUser, Class: word(fields[2]), Code: int(code)}
	if len(fields) > 3 {
		e.Message = word(fields[3])
	} else {
		e.Class, e.Message = "", e.Class
	}
	if len(fields) > 4 {
		frames, _ := fields[4].([]any)
		for _, f := range frames {
			e.Backtrace = append(e.Backtrace, word(f))
		}
	}
	e.Kind = kindOf(word(fields[0]), e)
	if e.Kind != core.KindUser {
		e.Class, e.Code = "", 0
	}
	return e
}

// kindOf tells the kind of an error by its type and code; servers that know no
// codes, by its text.
func kindOf(kind string, e *core.Error) core.ErrorKind {
	switch {
	case kind == "protocol":
		return core.KindProtocol
	case kind != "server":
		return core.KindUser
	case e.Code == codeNoModule, e.Code == 0 && strings.HasPrefix(e.Message, "No such module"):
		return core.KindNoModule
	case e.Code == codeNoFunction, e.Code == 0 && strings.HasPrefix(e.Message, "No such function"):
		return core.KindNoFunction
	}
	if k, ok := core.ParseErrorKind(e.Class); ok && e.Code >= codeKinds {
		return k
	}
	return core.KindUser
}

// word returns an atom or a binary as a string.
func word(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case value.Symbol:
		return string(v)
	case []byte:
		return string(v)
	case nil:
		return ""
	}
	return fmt.Sprint(v)
}
