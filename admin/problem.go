package admin

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/fondaco/fondaco/core"
)

// problem is an error as RFC 9457 has it, with Fondaco's kind.
type problem struct {
	Type      string   `json:"type"`
	Title     string   `json:"title"`
	Status    int      `json:"status"`
	Kind      string   `json:"kind"`
	Class     string   `json:"class,omitempty"`
	Detail    string   `json:"detail"`
	Backtrace []string `json:"backtrace,omitempty"`
}

var statusOf = map[core.ErrorKind]int{
	core.KindProtocol: http.StatusBadRequest, core.KindNoModule: http.StatusNotFound, core.KindNoFunction: http.StatusNotFound,
	core.KindTimeout: http.StatusGatewayTimeout, core.KindOverloaded: http.StatusServiceUnavailable,
	core.KindUnavailable: http.StatusServiceUnavailable, core.KindBroken: http.StatusBadGateway, core.KindDenied: http.StatusForbidden,
}

// fail answers with an error; one without a kind is a user error.
func fail(w http.ResponseWriter, err error) {
	e := core.NewError(core.KindUser, err.Error())
	_ = errors.As(err, &e)
	code, ok := statusOf[e.Kind]
	if !ok {
		code = http.StatusInternalServerError
	}
	detail := err.Error()
	if err == error(e) {
		detail = e.Message
		if e.Err != nil {
			detail += ": " + e.Err.Error()
		}
	}
	write(w, problem{Status: code, Kind: e.Kind.String(), Class: e.Class, Detail: detail, Backtrace: e.Backtrace})
}

// refuse answers that a request is not fit to be served.
func refuse(w http.ResponseWriter, code int, kind core.ErrorKind, detail string) {
	write(w, problem{Status: code, Kind: kind.String(), Detail: detail})
}

func write(w http.ResponseWriter, p problem) {
	p.Type, p.Title = "about:blank", http.StatusText(p.Status)
	data, err := json.Marshal(p)
	if err != nil {
		data = []byte(`{"type":"about:blank","kind":"user"}`)
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(data, '\n')) // the client has gone: nobody to tell
}

// clip shortens what a client sent for a message.
func clip(s string) string {
	const most = 100
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "..."
	}
	return s
}
