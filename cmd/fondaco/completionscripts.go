package main

import (
	"fmt"
	"strings"
)

// quoted returns text between the single quotes of a POSIX shell.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// bashScript returns the script for bash from 3.2 on.
func bashScript(list []command) string {
	var values, words strings.Builder
	for _, c := range list {
		var names []string
		for _, f := range c.flags {
			names = append(names, "--"+f.name)
			if f.isSwitch {
				continue
			}
			pattern := c.name + ":--" + f.name
			if f.short != "" {
				pattern += "|" + c.name + ":-" + f.short
			}
			fmt.Fprintf(&values, "    %s) %s ;;\n", pattern, bashValue(f.value))
		}
		if c.name != "" {
			fmt.Fprintf(&words, "    %s) flags=%s; %s ;;\n", c.name, quoted(strings.Join(names, " ")), bashValue(c.args))
		} else {
			fmt.Fprintf(&words, "    '') flags=%s; %s ;;\n", quoted(strings.Join(names, " ")), bashValue(c.args))
		}
	}
	return `_fondaco() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= flags= words= kind= IFS=$' \t\n'
  if [[ $cur == = ]]; then
    cur=
  elif [[ $prev == = ]]; then
    prev=${COMP_WORDS[COMP_CWORD-2]}
  fi
  if (( COMP_CWORD > 1 )); then command=${COMP_WORDS[1]}; fi
  COMPREPLY=()
  case $command:$prev in
` + values.String() + `    *)
  case $command in
` + words.String() + `  esac
  if [[ $cur == -* ]]; then words=$flags kind=; fi ;;
  esac
  case $kind in
    modules) words=$(` + modulesCommand + `) ;;
    files)
      IFS=$'\n'
      compopt -o filenames 2>/dev/null
      COMPREPLY=($(compgen -f -- "$cur"))
      return ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _fondaco fondaco
`
}

// bashValue sets what bash offers.
func bashValue(v value) string {
	switch {
	case v.words != nil:
		return "words=" + quoted(strings.Join(v.words, " "))
	case v.kind == aFile:
		return "kind=files"
	case v.kind == aModule:
		return "kind=modules"
	}
	return ":"
}

// zshScript returns the script for zsh.
func zshScript(list []command) string {
	var names, cases strings.Builder
	help := strings.NewReplacer("[", "(", "]", ")")
	for _, c := range list {
		if c.name == "" {
			continue
		}
		fmt.Fprintf(&names, "    %s\n", quoted(c.name+":"+c.help))
		fmt.Fprintf(&cases, "    %s) _arguments", c.name)
		for _, f := range c.flags {
			action := ""
			if !f.isSwitch {
				action = zshValue(f.value)
			}
			fmt.Fprintf(&cases, " %s", quoted("--"+f.name+"["+help.Replace(f.help)+"]"+action))
		}
		fmt.Fprintf(&cases, " %s ;;\n", quoted("*"+zshValue(c.args)))
	}
	return `#compdef fondaco
_fondaco_modules() {
  local -a modules=(${(f)"$(` + modulesCommand + `)"})
  compadd -a modules
}
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

// zshValue returns the message and the action of a value.
func zshValue(v value) string {
	switch {
	case v.words != nil:
		return ":word:(" + strings.Join(v.words, " ") + ")"
	case v.kind == aFile:
		return ":file:_files"
	case v.kind == aModule:
		return ":module:_fondaco_modules"
	}
	return ":" + strings.ToLower(v.kind) + ":"
}

// fishScript returns the script for fish.
func fishScript(list []command) string {
	quote := func(text string) string { return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'" }
	var b strings.Builder
	b.WriteString("complete -c fondaco -f\n")
	for _, c := range list {
		when := " -n __fish_use_subcommand"
		if c.name != "" {
			fmt.Fprintf(&b, "complete -c fondaco%s -a %s -d %s\n", when, c.name, quote(c.help))
			when = " -n " + quote("__fish_seen_subcommand_from "+c.name)
			b.WriteString(fishValue("complete -c fondaco"+when, c.args, quote))
		}
		for _, f := range c.flags {
			line := "complete -c fondaco" + when + " -l " + f.name
			if f.short != "" {
				line += " -s " + f.short
			}
			line += " -d " + quote(f.help)
			if f.isSwitch {
				b.WriteString(line + "\n")
			} else if s := fishValue(line+" -r", f.value, quote); s != "" {
				b.WriteString(s)
			} else {
				b.WriteString(line + " -x\n")
			}
		}
	}
	return b.String()
}

// fishValue returns the line with what can stand there, or "".
func fishValue(line string, v value, quote func(string) string) string {
	switch {
	case v.words != nil:
		return line + " -f -a " + quote(strings.Join(v.words, " ")) + "\n"
	case v.kind == aFile:
		return line + " -F\n"
	case v.kind == aModule:
		return line + " -f -a " + quote("("+modulesCommand+")") + "\n"
	}
	return ""
}
