package httpjson

import (
	"errors"
	"net/http"

	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/wire/problem"
)

// statusOf returns the HTTP status for an error.
func statusOf(err error) int {
	var s *statusError
	if errors.As(err, &s) {
		return s.status
	}
	return problem.StatusOf(core.AsError(err).Kind)
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
	if e.Kind == core.KindOverloaded {
		w.Header().Set("Retry-After", "1")
	}
	h.write(w, status, problem.ContentType, problem.Of(status, e).JSON())
}
