package client

import (
	"strings"

	"github.com/fondaco/fondaco/codec/bert"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/wire/berp"
)

// The codes of server errors.
const (
	codeNoModule   = 1
	codeNoFunction = 2
	codeKinds      = 100 // from here on the class is the kind's word
)

// parseReply reads {reply, Term}, {noreply} or {error, Error}.
func parseReply(where string, message []byte) (core.Body, error) {
	a, err := berp.ParseAnswer(message, limits)
	switch {
	case err != nil:
		return core.Body{}, unreadable(where, "something that is no answer ("+err.Error()+")")
	case a.Word == "noreply":
		return core.Body{}, nil
	case a.Word == "reply":
		return core.Body{Codec: bert.Codec, Data: a.Term, Strict: a.Strict}, nil
	}
	f, ok := berp.ParseFailure(a.Term)
	if !ok {
		return core.Body{}, unreadable(where, "an error without type, code and class")
	}
	return core.Body{}, errorOf(f)
}

// errorOf returns the error that an answer tells.
func errorOf(f berp.Failure) *core.Error {
	kind := kindOf(f)
	if kind == core.KindUser {
		return &core.Error{Kind: kind, Class: f.Class, Code: f.Code, Message: f.Detail, Backtrace: f.Backtrace}
	}
	return &core.Error{Kind: kind, Message: f.Detail, Backtrace: f.Backtrace}
}

// kindOf tells the kind of an error by its type and code; servers that know no
// codes, by its text.
func kindOf(f berp.Failure) core.ErrorKind {
	switch {
	case f.Type == "protocol":
		return core.KindProtocol
	case f.Type != "server":
		return core.KindUser
	case f.Code == codeNoModule, f.Code == 0 && strings.HasPrefix(f.Detail, "No such module"):
		return core.KindNoModule
	case f.Code == codeNoFunction, f.Code == 0 && strings.HasPrefix(f.Detail, "No such function"):
		return core.KindNoFunction
	}
	if k, ok := core.ParseErrorKind(f.Class); ok && f.Code >= codeKinds {
		return k
	}
	return core.KindUser
}
