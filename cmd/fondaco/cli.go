package main

import (
	"fmt"
	"runtime"

	"github.com/alecthomas/kong"

	"github.com/fondaco/fondaco"
)

// cli is the command line. The exported fields are what package kong reads.
type cli struct {
	Run        runCmd        `cmd:"" help:"Serve plugin files, without a configuration."`
	Serve      serveCmd      `cmd:"" help:"Serve what a configuration file describes."`
	Check      checkCmd      `cmd:"" help:"Read a configuration, load and start its plugins, and say what is wrong."`
	Call       callCmd       `cmd:"" help:"Call a function and print its result as JSON."`
	Cast       castCmd       `cmd:"" help:"Have a function run, without waiting for it."`
	Bench      benchCmd      `cmd:"" help:"Call a function many times and tell how fast."`
	Stats      statsCmd      `cmd:"" help:"Show what a running server does."`
	Reload     reloadCmd     `cmd:"" help:"Load a module's plugins again, or the whole configuration."`
	Enable     enableCmd     `cmd:"" help:"Put a module back in service."`
	Disable    disableCmd    `cmd:"" help:"Take a module out of service."`
	Halt       haltCmd       `cmd:"" help:"Let a running server finish what it has, and end it."`
	Completion completionCmd `cmd:"" help:"Print a shell's completion script."`
	Version    versionCmd    `cmd:"" help:"Print the version."`
	Help       helpCmd       `cmd:"" help:"Explain a command."`

	ShowVersion versionFlag `name:"version" short:"V" help:"Print the version."`
}

const description = `A server whose answers come from plugins in any language.

A plugin is a plain file; its public functions are what callers call, as MODULE.FUNCTION, over BERT-RPC or HTTP.

  fondaco run math.lua              serve it
  fondaco call math.add 1 2         call it, from another terminal
  fondaco help call                 the whole story of one command

Exit codes: 0 well, 1 the call failed, no server answers or a reload failed, 2 the command line or the
configuration is wrong.`

// newParser returns the parser of the command line.
func newParser() (*kong.Kong, error) {
	options := append(readers(), kong.Name("fondaco"), kong.Description(description), kong.Help(printHelp))
	parser, err := kong.New(&cli{}, options...)
	if err == nil {
		parser.Model.HelpFlag.Help = "Explain the command."
	}
	return parser, err
}

// versionFlag is --version.
type versionFlag bool

// BeforeReset prints the version and ends the program.
func (versionFlag) BeforeReset(app *kong.Kong) error {
	err := new(versionCmd).Run()
	app.Exit(exitWell)
	return err
}

// IsBool tells the parser that the flag takes no value.
func (versionFlag) IsBool() bool { return true }

// versionCmd is fondaco version.
type versionCmd struct{}

// Run prints the version of Fondaco and of what it was built with.
func (*versionCmd) Run() error {
	fmt.Printf("fondaco %s %s %s/%s\n", fondaco.Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}

// helpCmd is fondaco help.
type helpCmd struct {
	Command []string `arg:"" optional:"" placeholder:"COMMAND" help:"The command to explain."`
}

// Run prints what --help of the command would.
func (c *helpCmd) Run(parser *kong.Kong) error {
	_, err := parser.Parse(append(c.Command, "--help"))
	if err != nil {
		return explain(err)
	}
	return nil
}
