//go:build unix

package ernie

import (
	"cmp"

	"github.com/fondaco/fondaco/codec/bert"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/wire/berp"
)

// failure returns the error that an answer {error, Term} tells, as a user error
// that carries the term itself: doors that speak BERT pass it on unchanged. Also
// an error of type server is a user error here: a worker's "no such function"
// must not send the call to the next plugin, for the original does not either.
func failure(a berp.Answer) *core.Error {
	term := core.Body{Codec: bert.Codec, Data: a.Term, Strict: a.Strict}.Clone()
	f, ok := berp.ParseFailure(a.Term)
	if !ok {
		f.Detail = "the worker answered an error of its own"
	}
	return &core.Error{Kind: core.KindUser, Class: cmp.Or(f.Class, "Error"), Message: f.Detail,
		Backtrace: f.Backtrace, Code: f.Code, Term: term}
}
