package core

import (
	"errors"
	"strings"
)

// ErrorKind is the class of an Error. The list only ever grows at its end: the
// words cross every wire.
type ErrorKind uint8

// The kinds of error.
const (
	KindProtocol    ErrorKind = iota + 1 // what was sent cannot be read
	KindNoModule                         // nobody has the module
	KindNoFunction                       // no plugin of the module has the function, or its predicate said no
	KindTimeout                          // the deadline passed in queue, start or run
	KindOverloaded                       // a bounded queue is full
	KindUnavailable                      // the module is disabled, or cannot start
	KindBroken                           // the worker died during the call
	KindDenied                           // the caller may not
	KindUser                             // the plugin's own exception
	KindCanceled                         // the caller has gone; nobody reads this
)

var kindWords = [...]string{
	KindProtocol: "protocol", KindNoModule: "no_module", KindNoFunction: "no_function", KindTimeout: "timeout",
	KindOverloaded: "overloaded", KindUnavailable: "unavailable", KindBroken: "broken", KindDenied: "denied",
	KindUser: "user", KindCanceled: "canceled",
}

// String returns the kind's word, the same on every wire.
func (k ErrorKind) String() string {
	if int(k) < len(kindWords) && kindWords[k] != "" {
		return kindWords[k]
	}
	return "unknown"
}

// Class returns the class that an error of another kind gets when a plugin
// passes it on as its own user error: the kind's word in camel case, NoFunction
// for no_function.
func (k ErrorKind) Class() string {
	var class strings.Builder
	for word := range strings.SplitSeq(k.String(), "_") {
		class.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return class.String()
}

// ParseErrorKind returns the kind with the given word, and false for any other.
func ParseErrorKind(word string) (ErrorKind, bool) {
	for k, w := range kindWords {
		if w == word && w != "" {
			return ErrorKind(k), true
		}
	}
	return 0, false
}

// Error is what a caller is told when a request fails. It is immutable once
// returned.
type Error struct {
	Kind      ErrorKind
	Class     string   // of a user error: the exception's class
	Message   string   // what, where, and what to do
	Backtrace []string // innermost frame first, in the plugin's own language
	Code      int      // a number the plugin chose for a user error; else 0
	Term      Body     // the worker's own error term, passed on as it is; else empty
	Err       error    // the cause, or nil
}

// The sentinels for errors.Is, one for each kind.
var (
	ErrProtocol    = &Error{Kind: KindProtocol}
	ErrNoModule    = &Error{Kind: KindNoModule}
	ErrNoFunction  = &Error{Kind: KindNoFunction}
	ErrTimeout     = &Error{Kind: KindTimeout}
	ErrOverloaded  = &Error{Kind: KindOverloaded}
	ErrUnavailable = &Error{Kind: KindUnavailable}
	ErrBroken      = &Error{Kind: KindBroken}
	ErrDenied      = &Error{Kind: KindDenied}
	ErrUser        = &Error{Kind: KindUser}
	ErrCanceled    = &Error{Kind: KindCanceled}
)

// Error returns "kind: message", with the class of a user error before the
// message.
func (e *Error) Error() string {
	text := e.Kind.String()
	for _, s := range []string{e.Class, e.Detail()} {
		if s != "" {
			text += ": " + s
		}
	}
	return text
}

// Detail returns the whole text but kind and class: the message and the cause
// behind it. It is what callers on other wires are told.
func (e *Error) Detail() string {
	switch {
	case e.Err == nil:
		return e.Message
	case e.Message == "":
		return e.Err.Error()
	}
	return e.Message + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is the sentinel of e's kind.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Kind == e.Kind && t.Message == "" && t.Class == ""
}

// NewError returns an Error of the given kind.
func NewError(kind ErrorKind, message string) *Error { return &Error{Kind: kind, Message: message} }

// AsError returns err, which must not be nil, as an *Error: the one that it is
// or wraps, else a user error of class Error with err's text.
func AsError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Kind: KindUser, Class: "Error", Message: err.Error()}
}

// Discard wraps the error of an instance that must not be used again, though
// the caller is to be told err: a hung worker's timeout, for example. The
// result matches ErrBroken as well as err.
func Discard(err error) error { return &discard{err} }

type discard struct{ err error }

func (d *discard) Error() string        { return d.err.Error() }
func (d *discard) Unwrap() error        { return d.err }
func (d *discard) Is(target error) bool { return target == error(ErrBroken) }
