package main

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// readers are the ways to read a flag's value whose errors say what is wanted.
// A flag's tag hint adds to the error.
func readers() []kong.Option {
	return []kong.Option{
		kong.TypeMapper(reflect.TypeFor[time.Duration](), kong.MapperFunc(readTime)),
		kong.KindMapper(reflect.Int, kong.MapperFunc(readNumber)),
	}
}

func readTime(ctx *kong.DecodeContext, target reflect.Value) error {
	var text string
	if err := ctx.Scan.PopValueInto("time", &text); err != nil {
		return err
	}
	text = strings.TrimSpace(text)
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return fmt.Errorf("%q is no time: write a time with its unit, such as 5s", text)
	case d < 0:
		return fmt.Errorf("%s is below 0: write a time such as 5s", text)
	}
	target.SetInt(int64(d))
	return nil
}

func readNumber(ctx *kong.DecodeContext, target reflect.Value) error {
	var text string
	if err := ctx.Scan.PopValueInto("number", &text); err != nil {
		return err
	}
	text = strings.TrimSpace(text)
	n, err := strconv.Atoi(text)
	if err != nil {
		hint := ctx.Value.Tag.Get("hint")
		if hint != "" {
			hint = "; " + hint
		}
		return fmt.Errorf("%q is no whole number: write one such as 100%s", text, hint)
	}
	target.SetInt(int64(n))
	return nil
}

// The parser's phrases that are said in other words.
var (
	unknownWord  = regexp.MustCompile(`^unexpected argument (.*)$`)
	unknownFlag  = regexp.MustCompile(`^unknown flag `)
	missingValue = regexp.MustCompile(`expected (\w+) value but got .* \((<EOL>|long flag|short flag)\).*$`)
	missingWords = regexp.MustCompile(`^expected "(.*)"$`)
	guess        = regexp.MustCompile(`, did you mean .*\?$`)
	positional   = regexp.MustCompile(`\[?<([a-z]+)>( \.\.\.)?\]?`)
)

// explain says what is wrong with a command line, and whose help tells more.
func explain(err error) error {
	var node *kong.Node
	var p *kong.ParseError
	if errors.As(err, &p) && p.Context != nil {
		node = p.Context.Selected()
	}
	text := guess.ReplaceAllString(err.Error(), "")
	if node == nil {
		text = unknownWord.ReplaceAllString(text, "unknown command $1")
		return usageError{fmt.Errorf("%s; see fondaco --help", text)}
	}
	if unknownFlag.MatchString(text) && takesArguments(node) {
		text += "; if it is an argument, write -- before the arguments, which ends the flags"
	}
	text = missingValue.ReplaceAllString(text, "a value is missing")
	text = missingWords.ReplaceAllString(text, "$1 is missing")
	text = positional.ReplaceAllStringFunc(text, func(s string) string {
		for _, arg := range node.Positional {
			if arg.Name == positional.FindStringSubmatch(s)[1] {
				return wordOf(arg)
			}
		}
		return s
	})
	return usageError{fmt.Errorf("%s; see fondaco %s --help", text, node.Name)}
}

// takesArguments tells whether a command hands arguments to a function.
func takesArguments(node *kong.Node) bool {
	for _, arg := range node.Positional {
		if arg.Name == "args" {
			return true
		}
	}
	return false
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
