package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Error is one thing wrong with a configuration, and the way out.
type Error struct {
	Source string // the file, or the command-line option
	Pos    Pos    // zero when Source is not a file
	What   string // what is wrong
	Fix    string // what to do about it
}

// Error returns "file:line:column: what is wrong; what to do".
func (e *Error) Error() string {
	if e.Pos == (Pos{}) {
		return fmt.Sprintf("%s: %s; %s", e.Source, e.What, e.Fix)
	}
	return fmt.Sprintf("%s:%d:%d: %s; %s", e.Source, e.Pos.Line, e.Pos.Column, e.What, e.Fix)
}

// Errors is everything wrong with a configuration, in the order of the file. A
// returned Errors is never empty.
type Errors []*Error

// Error returns one line for each error.
func (e Errors) Error() string {
	lines := make([]string, 0, maxErrors+1)
	for i, err := range e {
		if i == maxErrors {
			lines = append(lines, fmt.Sprintf("%s: and %d more", err.Source, len(e)-i))
			break
		}
		lines = append(lines, err.Error())
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the single errors to errors.Is and errors.As.
func (e Errors) Unwrap() []error {
	errs := make([]error, len(e))
	for i, err := range e {
		errs[i] = err
	}
	return errs
}

// maxErrors bounds how many errors are printed at once.
const maxErrors = 20

// reader collects what is wrong while a configuration is read.
type reader struct {
	source string // the file, or the command-line option
	dir    string // what relative file names are resolved against
	env    func(name string) (string, bool)
	errs   Errors
}

// fail notes one error. what is a complete clause, fix an imperative.
func (r *reader) fail(pos Pos, what, fix string) {
	r.errs = append(r.errs, &Error{Source: r.source, Pos: pos, What: what, Fix: fix})
}

// result returns the errors sorted by position, or nil when there are none. Of
// several at one position only the first counts: the others follow from it, or
// repeat it, as an alias is read as often as it is used.
func (r *reader) result() error {
	if len(r.errs) == 0 {
		return nil
	}
	slices.SortStableFunc(r.errs, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column))
	})
	return slices.CompactFunc(r.errs, func(a, b *Error) bool { return a.Pos == b.Pos && a.Pos != (Pos{}) })
}
