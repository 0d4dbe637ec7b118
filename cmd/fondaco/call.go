package main

import (
	"bytes"
	"context"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/fondaco/fondaco/client"
	"github.com/fondaco/fondaco/codec"
	"github.com/fondaco/fondaco/codec/json"
	"github.com/fondaco/fondaco/core"
)

// target are the flags and arguments that say what to call, and where.
type target struct {
	Function string        `arg:"" placeholder:"MODULE.FUNCTION" help:"What to call, such as math.add."`
	Args     []string      `arg:"" optional:"" placeholder:"ARGUMENT" help:"Its arguments, each a JSON value; a word that is not JSON is a text."`
	To       string        `placeholder:"URL" help:"A door of the server: bert://host:port or http://host:port. Default: the running server's."`
	Timeout  time.Duration `placeholder:"TIME" help:"Give up after that time, such as 5s. Default: the server decides."`
	finder
}

const argumentHelp = `Each argument is a JSON value: 1, true, null, "text", [1,2], {"a": 1}. A word that is not JSON is taken as a text, so that
hello and '"hello"' are the same; write '"1"' for a text that looks like a number. Negative numbers may stand as they are; before other arguments that begin with
a hyphen write --, which ends the flags.

The server is the one whose admin socket is in its usual place, or the one that --to, -c or --admin names.`

// names splits MODULE.FUNCTION.
func (t *target) names() (module, function string, err error) {
	module, function, ok := strings.Cut(t.Function, ".")
	if !ok || module == "" || function == "" {
		return "", "", usageError{fmt.Errorf("%q is no function: write MODULE.FUNCTION, such as math.add", t.Function)}
	}
	return module, function, nil
}

// body returns the arguments as one JSON list.
func (t *target) body() (core.Body, error) {
	list := []byte{'['}
	for i, a := range t.Args {
		if i > 0 {
			list = append(list, ',')
		}
		if stdjson.Valid([]byte(a)) {
			list = append(list, a...)
			continue
		}
		text, err := stdjson.Marshal(a)
		if err != nil {
			return core.Body{}, err
		}
		list = append(list, text...)
	}
	body, err := codec.Whole(json.Codec, append(list, ']'), core.Limits{})
	if err != nil {
		return core.Body{}, usageError{fmt.Errorf("the arguments: %w", err)}
	}
	return body, nil
}

// url returns the door to call at.
func (t *target) url(ctx context.Context) (string, error) {
	if t.To != "" {
		return t.To, nil
	}
	return t.door(ctx)
}

// request is what a call or a cast needs; do gets it with a context that ends
// with the timeout or a signal.
func (t *target) request(do func(ctx context.Context, c *client.Client, module, function string, args core.Body) error) error {
	module, function, err := t.names()
	if err != nil {
		return err
	}
	args, err := t.body()
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if t.Timeout > 0 {
		var cancel func()
		ctx, cancel = context.WithTimeout(ctx, t.Timeout)
		defer cancel()
	}
	url, err := t.url(ctx)
	if err != nil {
		return err
	}
	c, err := client.New(url)
	if err != nil {
		return usageError{err}
	}
	defer func() { _ = c.Close() }() // nothing is under way any more
	return reply(do(ctx, c, module, function, args))
}

// reply marks the error of a request when it is the server that says so.
func reply(err error) error {
	var none *client.NoReplyError
	if err == nil || errors.As(err, &none) {
		return err
	}
	return replied{err}
}

// callCmd is fondaco call.
type callCmd struct {
	JSON bool `name:"json" help:"Print the result on one line, also on a terminal."`
	target
}

// Help is the rest of the command's help.
func (*callCmd) Help() string {
	return `The result is printed as JSON, on one line or, on a terminal, with indentation. When the call fails, its error's kind, class, message and backtrace
go to standard error, and the exit code is 1.

` + argumentHelp + `

Examples:

    fondaco call math.add 1 -2
    fondaco call words.count "to be or not to be" '{"unique": true}'
    fondaco call --to http://127.0.0.1:8080 math.add 1 2`
}

// Run makes the call and prints its result.
func (c *callCmd) Run() error {
	return c.request(func(ctx context.Context, cl *client.Client, module, function string, args core.Body) error {
		result, err := cl.Call(ctx, module, function, args)
		if err != nil {
			return err
		}
		return printBody(os.Stdout, result, !c.JSON && isTerminal(os.Stdout))
	})
}

// castCmd is fondaco cast.
type castCmd struct{ target }

// Help is the rest of the command's help.
func (*castCmd) Help() string {
	return `Exits with 0 as soon as the server has taken the request. What becomes of it is in the server's log and in fondaco stats.

` + argumentHelp + `

Example:

    fondaco cast mail.send '{"to": "ann@example.org"}'`
}

// Run makes the cast.
func (c *castCmd) Run() error {
	return c.request(func(ctx context.Context, cl *client.Client, module, function string, args core.Body) error {
		return cl.Cast(ctx, module, function, args)
	})
}

// printBody prints a result as one line of JSON, or indented.
func printBody(w io.Writer, body core.Body, indent bool) error {
	out := []byte("null")
	if !body.IsZero() {
		var err error
		if out, err = codec.Transcode(nil, body, json.Codec, core.ReadOptions{Limits: core.Limits{Bytes: len(body.Data) + 1, Elements: len(body.Data) + 1}}); err != nil {
			return err
		}
	}
	if indent {
		var b bytes.Buffer
		if stdjson.Indent(&b, out, "", "  ") == nil {
			out = b.Bytes()
		}
	}
	_, err := w.Write(append(out, '\n'))
	return err
}
