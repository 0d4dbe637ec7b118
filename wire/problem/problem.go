// Package problem is an error as the HTTP interfaces tell it: the JSON object
// of RFC 9457, application/problem+json, with the error's kind. Doors and the
// admin API write it, the clients of both read it.
package problem

import (
	"encoding/json"
	"net/http"

	"github.com/fondaco/fondaco/core"
)

// ContentType is the media type of a Problem.
const ContentType = "application/problem+json"

// Problem is the body of an answer that is an error.
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	Facts
}

// Facts are what an error tells a program, in this form and in others.
type Facts struct {
	Kind      string   `json:"kind"`
	Class     string   `json:"class,omitempty"`
	Code      int      `json:"code,omitempty"`
	Backtrace []string `json:"backtrace,omitempty"`
}

// FactsOf returns the facts of an error.
func FactsOf(e *core.Error) Facts {
	return Facts{Kind: e.Kind.String(), Class: e.Class, Code: e.Code, Backtrace: e.Backtrace}
}

// Of returns the problem for an error that is answered with the given HTTP
// status; StatusOf has the usual one.
func Of(status int, e *core.Error) Problem {
	title := Title(e.Kind)
	if title == "" {
		title = http.StatusText(status)
	}
	return Problem{Type: "urn:fondaco:error:" + e.Kind.String(), Title: title, Status: status, Detail: e.Detail(), Facts: FactsOf(e)}
}

// JSON returns the problem's text, one line with its end.
func (p Problem) JSON() []byte {
	text, err := json.Marshal(p)
	if err != nil { // it has texts and numbers only
		text = []byte("{}")
	}
	return append(text, '\n')
}

// Parse returns the error that a problem tells, and false when data are none.
// A kind that is not known here is a user error's.
func Parse(data []byte) (*core.Error, bool) {
	var p Problem
	if json.Unmarshal(data, &p) != nil || p.Kind == "" {
		return nil, false
	}
	kind, ok := core.ParseErrorKind(p.Kind)
	if !ok {
		kind = core.KindUser
	}
	return &core.Error{Kind: kind, Class: p.Class, Message: p.Detail, Code: p.Code, Backtrace: p.Backtrace}, true
}

// StatusOf returns the HTTP status for a kind of error.
func StatusOf(kind core.ErrorKind) int {
	switch kind {
	case core.KindProtocol:
		return http.StatusBadRequest
	case core.KindNoModule, core.KindNoFunction:
		return http.StatusNotFound
	case core.KindTimeout:
		return http.StatusGatewayTimeout
	case core.KindOverloaded, core.KindUnavailable, core.KindCanceled:
		return http.StatusServiceUnavailable
	case core.KindBroken:
		return http.StatusBadGateway
	case core.KindDenied:
		return http.StatusForbidden
	}
	return http.StatusInternalServerError
}

// Title returns a kind in words, "" for one that is not known.
func Title(kind core.ErrorKind) string {
	switch kind {
	case core.KindProtocol:
		return "The request cannot be read"
	case core.KindNoModule:
		return "No such module"
	case core.KindNoFunction:
		return "No such function"
	case core.KindTimeout:
		return "The deadline has passed"
	case core.KindOverloaded:
		return "Too many requests wait"
	case core.KindUnavailable:
		return "The module is not available"
	case core.KindBroken:
		return "The worker died"
	case core.KindDenied:
		return "Not allowed"
	case core.KindUser:
		return "The plugin raised an error"
	case core.KindCanceled:
		return "The request was canceled"
	}
	return ""
}
