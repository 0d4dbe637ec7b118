package main

import (
	"cmp"
	"fmt"
	"go/doc/comment"
	"os"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"
)

// helpWidth is where help is broken at most, and where its width is not known.
const (
	maxHelpWidth = 100
	helpWidth    = 80
)

// row is a word and what it means.
type row struct{ word, help string }

// printHelp prints what --help is to print.
func printHelp(_ kong.HelpOptions, ctx *kong.Context) error {
	var b strings.Builder
	width := min(maxHelpWidth, widthOf(os.Stdout))
	node := ctx.Selected()
	if node == nil {
		root := ctx.Model.Node
		fmt.Fprintf(&b, "Usage: fondaco COMMAND\n\n%s\n", root.Help)
		list := make([]row, 0, len(root.Children))
		for _, n := range root.Children {
			list = append(list, row{n.Name, n.Help})
		}
		table(&b, "Commands:", list, width)
		table(&b, "Flags:", flagRows(root.Flags), width)
		b.WriteString("\nfondaco COMMAND --help tells more about a command.\n")
	} else {
		b.WriteString("Usage: fondaco " + node.Name)
		list := make([]row, 0, len(node.Positional))
		for _, arg := range node.Positional {
			b.WriteString(" " + wordOf(arg))
			list = append(list, row{wordOf(arg), arg.Help})
		}
		b.WriteString(" [FLAGS]\n\n" + wrapped(node.Help, width))
		if node.Detail != "" {
			b.WriteString("\n" + wrapped(node.Detail, width))
		}
		table(&b, "Arguments:", list, width)
		table(&b, "Flags:", flagRows(append([]*kong.Flag{ctx.Model.HelpFlag}, node.Flags...)), width)
	}
	_, err := fmt.Fprint(ctx.Stdout, b.String())
	return err
}

// wordOf returns how a positional argument stands in help.
func wordOf(arg *kong.Positional) string {
	word := cmp.Or(arg.Tag.PlaceHolder, strings.ToUpper(arg.Name))
	if arg.IsCumulative() {
		word += "..."
	}
	if !arg.Required {
		word = "[" + word + "]"
	}
	return word
}

func flagRows(flags []*kong.Flag) []row {
	list := make([]row, 0, len(flags))
	for _, f := range flags {
		word := "    "
		if f.Short != 0 {
			word = fmt.Sprintf("-%c, ", f.Short)
		}
		switch {
		case f.Tag.Negatable != "":
			word += "--[no-]" + f.Name
		case f.IsBool():
			word += "--" + f.Name
		default:
			word += "--" + f.Name + "=" + placeholder(f)
		}
		list = append(list, row{word, f.Help})
	}
	return list
}

// placeholder returns the word that stands for a flag's value.
func placeholder(f *kong.Flag) string {
	return cmp.Or(f.PlaceHolder, strings.ToUpper(f.Name[strings.LastIndexByte(f.Name, '-')+1:]))
}

// table appends a title and two columns; an empty one is left out.
func table(b *strings.Builder, title string, rows []row, width int) {
	if len(rows) == 0 {
		return
	}
	const gap = 4
	left := 0
	for _, r := range rows {
		left = max(left, len(r.word))
	}
	b.WriteString("\n" + title + "\n")
	for _, r := range rows {
		word := r.word
		for line := range strings.Lines(wrapped(r.help, width-left-gap-2)) {
			fmt.Fprintf(b, "  %-*s%s", left+gap, word, line)
			word = ""
		}
	}
}

// wrapped breaks text into lines; what is indented in it stays as it is.
func wrapped(text string, width int) string {
	var p comment.Parser
	printer := comment.Printer{TextWidth: max(width, 20), TextCodePrefix: "    "}
	return string(printer.Text(p.Parse(text)))
}

// widthOf returns how many columns help may have.
func widthOf(f *os.File) int {
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
		return n
	}
	return cmp.Or(terminalWidth(f), helpWidth)
}
