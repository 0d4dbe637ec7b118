// Command fondaco is the server, and the tool to call and steer one.
package main

import (
	"errors"
	"fmt"
	"os"
	"regexp"

	"github.com/alecthomas/kong"

	"github.com/fondaco/fondaco/guardian"
)

// The exit codes.
const (
	exitWell   = 0
	exitFailed = 1 // the call failed
	exitUsage  = 2 // the command line or the configuration is wrong
)

func main() {
	guardian.Main()
	os.Exit(run(os.Args[1:]))
}

// run does what the command line says and returns the exit code.
func run(args []string) int {
	parser, err := newParser()
	if err != nil {
		fmt.Fprintln(os.Stderr, "fondaco:", err)
		return exitUsage
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	ctx, err := parser.Parse(protect(args))
	if err != nil {
		fmt.Fprintf(os.Stderr, "fondaco: %v; see %s --help\n", err, commandOf(err))
		return exitUsage
	}
	return report(ctx.Run(parser))
}

// commandOf names the command whose help tells more about a usage error.
func commandOf(err error) string {
	var p *kong.ParseError
	if errors.As(err, &p) && p.Context != nil {
		if node := p.Context.Selected(); node != nil {
			return "fondaco " + node.Name
		}
	}
	return "fondaco"
}

var negative = regexp.MustCompile(`^-[0-9]`)

// protect keeps negative numbers from being taken for flags: a blank in front
// of a number does not change it.
func protect(args []string) []string {
	out := make([]string, len(args))
	for i, a := range args {
		if negative.MatchString(a) {
			a = " " + a
		}
		out[i] = a
	}
	return out
}

// usageError is an error of the command line or the configuration.
type usageError struct{ error }

// Unwrap returns the cause.
func (e usageError) Unwrap() error { return e.error }

// errSaid is an error that was printed already.
var errSaid = errors.New("said already")

// report prints an error and returns the exit code for it.
func report(err error) int {
	var usage usageError
	switch {
	case err == nil:
		return exitWell
	case errors.As(err, &usage):
		if !errors.Is(err, errSaid) {
			fmt.Fprintln(os.Stderr, usage.error)
		}
		return exitUsage
	case errors.Is(err, errSaid):
		return exitFailed
	}
	printError(os.Stderr, err)
	return exitFailed
}
