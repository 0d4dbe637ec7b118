package main

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// completionCmd is fondaco completion.
type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"${enum}"`
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
	_, err := fmt.Print(script(commands(parser.Model.Node)))
	return err
}

// command is what a shell must know of a command.
type command struct {
	name, help string
	flags      []flag
}

type flag struct{ name, short, help string }

// commands lists what the parser knows.
func commands(root *kong.Node) []command {
	var list []command
	for _, n := range root.Children {
		c := command{name: n.Name, help: n.Help, flags: []flag{{"help", "h", "Show the help."}}}
		for _, f := range n.Flags {
			short := ""
			if f.Short != 0 {
				short = string(f.Short)
			}
			c.flags = append(c.flags, flag{f.Name, short, strings.NewReplacer("'", "", "[", "(", "]", ")", ":", "").Replace(f.Help)})
		}
		list = append(list, c)
	}
	return list
}

// words returns a command's flags as they are typed.
func (c command) words() string {
	var list []string
	for _, f := range c.flags {
		list = append(list, "--"+f.name)
	}
	return strings.Join(list, " ")
}

func bashScript(list []command) string {
	var names []string
	var cases strings.Builder
	for _, c := range list {
		names = append(names, c.name)
		if c.name != "help" {
			fmt.Fprintf(&cases, "    %s) words=%q ;;\n", c.name, c.words())
		}
	}
	return `_fondaco() {
  local cur=${COMP_WORDS[COMP_CWORD]} words
  case ${COMP_CWORD} in
  1) COMPREPLY=($(compgen -W "` + strings.Join(names, " ") + `" -- "$cur")); return ;;
  esac
  case ${COMP_WORDS[1]} in
` + cases.String() + `    help) words="` + strings.Join(names, " ") + `" ;;
  esac
  if [[ $cur == -* || ${COMP_WORDS[1]} == help ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
  else
    COMPREPLY=($(compgen -f -- "$cur"))
  fi
}
complete -o filenames -F _fondaco fondaco
`
}

func zshScript(list []command) string {
	var names, cases strings.Builder
	for _, c := range list {
		fmt.Fprintf(&names, "    '%s:%s'\n", c.name, strings.ReplaceAll(c.help, "'", "'\\''"))
		fmt.Fprintf(&cases, "    %s) _arguments", c.name)
		for _, f := range c.flags {
			fmt.Fprintf(&cases, " '--%s[%s]'", f.name, f.help)
		}
		cases.WriteString(" '*:file:_files' ;;\n")
	}
	return `#compdef fondaco
_fondaco() {
  local -a commands=(
` + names.String() + `  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=${words[2]}
  shift words
  (( CURRENT-- ))
  case $command in
` + cases.String() + `  esac
}
if [[ $funcstack[1] == _fondaco ]]; then
  _fondaco "$@"
else
  compdef _fondaco fondaco
fi
`
}

func fishScript(list []command) string {
	var b strings.Builder
	for _, c := range list {
		fmt.Fprintf(&b, "complete -c fondaco -n __fish_use_subcommand -a %s -d '%s'\n", c.name, strings.ReplaceAll(c.help, "'", "\\'"))
		for _, f := range c.flags {
			short := ""
			if f.short != "" {
				short = " -s " + f.short
			}
			fmt.Fprintf(&b, "complete -c fondaco -n '__fish_seen_subcommand_from %s' -l %s%s -d '%s'\n", c.name, f.name, short, f.help)
		}
	}
	return b.String()
}
