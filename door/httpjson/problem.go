package httpjson

import (
	stdjson "encoding/json"
	"errors"
	"net/http"

	"github.com/fondaco/fondaco/core"
)

// problem is the body of an error answer, as RFC 9457 has it.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	facts
}

// facts are what both forms of an error tell a program.
type facts struct {
	Kind      string   `json:"kind"`
	Class     string   `json:"class,omitempty"`
	Code      int      `json:"code,omitempty"`
	Backtrace []string `json:"backtrace,omitempty"`
}

func factsOf(e *core.Error) facts {
	return facts{Kind: e.Kind.String(), Class: e.Class, Code: e.Code, Backtrace: e.Backtrace}
}

// titles are the kinds in words.
var titles = map[core.ErrorKind]string{
	core.KindProtocol:    "The request cannot be read",
	core.KindNoModule:    "No such module",
	core.KindNoFunction:  "No such function",
	core.KindTimeout:     "The deadline has passed",
	core.KindOverloaded:  "Too many requests wait",
	core.KindUnavailable: "The module is not available",
	core.KindBroken:      "The worker died",
	core.KindDenied:      "Not allowed",
	core.KindUser:        "The plugin raised an error",
	core.KindCanceled:    "The request was canceled",
}

// statusOf returns the HTTP status for an error.
func statusOf(err error) int {
	var s *statusError
	if errors.As(err, &s) {
		return s.status
	}
	switch core.AsError(err).Kind {
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

// explain returns err with a message that names what was not found.
func explain(req *core.Request, err error) *core.Error {
	e := core.AsError(err)
	if e.Detail() != "" {
		return e
	}
	said := *e
	switch e.Kind {
	case core.KindNoModule:
		said.Message = "No such module '" + req.Module + "'"
	case core.KindNoFunction:
		said.Message = "No such function '" + req.Module + "." + req.Function + "'"
	}
	return &said
}

// refuse answers a request that does not become one of ours.
func (h *Handler) refuse(w http.ResponseWriter, status int, kind core.ErrorKind, message string) {
	h.problem(w, status, core.NewError(kind, message))
}

// problem answers with an error.
func (h *Handler) problem(w http.ResponseWriter, status int, e *core.Error) {
	title := titles[e.Kind]
	if title == "" {
		title = http.StatusText(status)
	}
	body := marshal(problem{Type: "urn:fondaco:error:" + e.Kind.String(), Title: title, Status: status, Detail: e.Detail(), facts: factsOf(e)})
	if e.Kind == core.KindOverloaded {
		w.Header().Set("Retry-After", "1")
	}
	h.write(w, status, "application/problem+json", append(body, '\n'))
}

// marshal is for the few structs of this package, which always have a form.
func marshal(v any) []byte {
	body, err := stdjson.Marshal(v)
	if err != nil {
		return []byte("null")
	}
	return body
}
