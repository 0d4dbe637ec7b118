// Command fondaco is the server, and the tool to call and steer one.
package main

import (
	"os"

	"github.com/fondaco/fondaco/guardian"
)

// The exit codes.
const (
	exitWell   = 0
	exitFailed = 1 // the call failed, or what was asked of a server
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
		return report(usageError{err})
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	ctx, err := parser.Parse(protect(args))
	if err != nil {
		return report(explain(err))
	}
	return report(ctx.Run(parser))
}
