package admin

import (
	"errors"
	"net/http"

	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/wire/problem"
)

// fail answers with an error; one without a kind is a user error without a
// class. What wraps the error is told too.
func fail(w http.ResponseWriter, err error) {
	told := &core.Error{Kind: core.KindUser, Message: err.Error()}
	var e *core.Error
	if errors.As(err, &e) {
		told.Kind, told.Class, told.Backtrace = e.Kind, e.Class, e.Backtrace
	}
	if err == error(e) {
		told.Message = e.Detail()
	}
	write(w, problem.StatusOf(told.Kind), told)
}

// refuse answers that a request is not fit to be served.
func refuse(w http.ResponseWriter, code int, kind core.ErrorKind, detail string) {
	write(w, code, core.NewError(kind, detail))
}

func write(w http.ResponseWriter, code int, e *core.Error) {
	w.Header().Set("Content-Type", problem.ContentType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_, _ = w.Write(problem.Of(code, e).JSON()) // the client has gone: nobody to tell
}

// clip shortens what a client sent for a message.
func clip(s string) string {
	const most = 100
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "..."
	}
	return s
}
