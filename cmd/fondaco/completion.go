package main

import (
	"fmt"

	"github.com/alecthomas/kong"
)

// completionCmd is fondaco completion.
type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" placeholder:"SHELL" help:"${enum}"`
}

// Help is the rest of the command's help.
func (*completionCmd) Help() string {
	return `Examples:

    source <(fondaco completion bash)                  # in ~/.bashrc
    fondaco completion zsh > "${fpath[1]}/_fondaco"
    fondaco completion fish > ~/.config/fish/completions/fondaco.fish`
}

// Run prints the script.
func (c *completionCmd) Run(parser *kong.Kong) error {
	script := map[string]func([]command) string{"bash": bashScript, "zsh": zshScript, "fish": fishScript}[c.Shell]
	_, err := fmt.Print(script(commands(parser.Model)))
	return err
}

// modulesCommand prints the names of the running server's modules for a shell,
// or nothing.
const modulesCommand = `fondaco stats --json 2>/dev/null | grep -o '"module": *"[^"]*"' | cut -d '"' -f 4`

// What can stand at a place of the command line, besides a word of a list.
const (
	aFile   = "FILE"
	aModule = "MODULE"
)

// value is what can stand at one place: one of the words, or what kind says.
type value struct {
	kind  string // aFile, aModule, or something that cannot be completed
	words []string
}

// command is what a shell must know of a command. The one without a name is
// fondaco itself.
type command struct {
	name, help string
	flags      []flag
	args       value
}

// flag is one flag; a switch takes no value.
type flag struct {
	name, short, help string
	isSwitch          bool
	value             value
}

// commands lists what the parser knows, fondaco itself first.
func commands(app *kong.Application) []command {
	help := flagsOf(app.HelpFlag)
	list := []command{{flags: append(help, flagsOf(app.Flags[1:]...)...)}}
	for _, n := range app.Children {
		c := command{name: n.Name, help: n.Help, flags: append(help[:len(help):len(help)], flagsOf(n.Flags...)...)}
		if len(n.Positional) > 0 {
			c.args = valueOf(n.Positional[0], n.Positional[0].Tag.PlaceHolder)
		}
		list[0].args.words = append(list[0].args.words, n.Name)
		list = append(list, c)
	}
	for i := range list {
		if list[i].args.kind == "COMMAND" {
			list[i].args = list[0].args
		}
	}
	return list
}

func flagsOf(flags ...*kong.Flag) []flag {
	list := make([]flag, 0, len(flags))
	for _, f := range flags {
		out := flag{name: f.Name, help: f.Help, isSwitch: f.IsBool(), value: valueOf(f.Value, placeholder(f))}
		if f.Short != 0 {
			out.short = string(f.Short)
		}
		list = append(list, out)
		if f.Tag.Negatable != "" {
			list = append(list, flag{name: "no-" + f.Name, help: "Not: " + f.Help, isSwitch: true})
		}
	}
	return list
}

func valueOf(v *kong.Value, kind string) value {
	if v.Tag.Enum == "" {
		return value{kind: kind}
	}
	return value{words: v.EnumSlice()}
}
