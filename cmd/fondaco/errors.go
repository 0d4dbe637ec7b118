package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/core"
)

// usageError is an error of the command line or the configuration.
type usageError struct{ error }

// Unwrap returns the cause.
func (e usageError) Unwrap() error { return e.error }

// replied is an error that a server replied to a call. It is the call's output
// rather than the command's own error.
type replied struct{ error }

// Unwrap returns the cause.
func (e replied) Unwrap() error { return e.error }

// errSaid is an error that was printed already.
var errSaid = errors.New("said already")

// report prints an error and returns the exit code for it.
func report(err error) int {
	var usage usageError
	code := exitFailed
	if errors.As(err, &usage) {
		err, code = usage.error, exitUsage
	}
	var reply replied
	switch {
	case err == nil:
		return exitWell
	case errors.Is(err, errSaid):
	case errors.As(err, &reply):
		printReply(os.Stderr, reply.error)
	default:
		printError(os.Stderr, err)
	}
	return code
}

// place is how a line begins that says where in a file something is wrong.
var place = regexp.MustCompile(`^[^ ]+:[0-9]+:[0-9]+: `)

// printError prints an error of the command itself. Lines that begin with a
// place in a file stay as they are, for editors to find it.
func printError(w io.Writer, err error) {
	lines := []string{err.Error()}
	var list config.Errors
	if errors.As(err, &list) {
		lines = strings.Split(list.Error(), "\n")
	}
	for _, line := range lines {
		if !place.MatchString(line) {
			line = "fondaco: " + line
		}
		fmt.Fprintln(w, line)
	}
}

// printReply prints the kind, class, message and backtrace of the error that a
// server replied.
func printReply(w *os.File, err error) {
	var e *core.Error
	if !errors.As(err, &e) {
		printError(w, err)
		return
	}
	fmt.Fprintln(w, paint(w, red, e.Kind.String())+strings.TrimPrefix(err.Error(), e.Kind.String()))
	for _, frame := range e.Backtrace {
		fmt.Fprintln(w, "    "+frame)
	}
}
