// Package bertrpc holds conversations that were captured from the original
// Ernie server (2.5.2, Erlang/OTP 25, Ruby 3.1 handlers), for doors that speak
// BERT-RPC to be held against.
//
// A file has one conversation a block, blocks are divided by empty lines:
//
//	# text            what it is; the first such line names it
//	> BYTES           written by the client, in one piece
//	> [half-close]    the client ends its sending side
//	< BYTES           what the server sent
//	< [close]         the server closed the connection
//	< [silence]       the server neither sent nor closed
//	~ text            we differ, on purpose: why
//	~< ...            what we send instead of all lines that begin with <
//
// BYTES are pieces in hexadecimal; XX*N is the byte XX N times.
package bertrpc

import (
	"bytes"
	"embed"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

//go:embed *.txt
var files embed.FS

// Conversation is one block.
type Conversation struct {
	Name   string
	Sent   []Step // by the client
	Got    []Step // from the original server
	Ours   []Step // from us; the same as Got unless Reason says why not
	Reason string
}

// Step is bytes, or an event when Bytes is nil.
type Step struct {
	Bytes []byte
	Event string // half-close, close, silence
}

// Load returns all conversations, in the order of the files' names.
func Load() ([]Conversation, error) {
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil, err
	}
	var all []Conversation
	for _, e := range entries {
		text, err := files.ReadFile(e.Name())
		if err != nil {
			return nil, err
		}
		for _, block := range bytes.Split(text, []byte("\n\n")) {
			if len(bytes.TrimSpace(block)) == 0 {
				continue
			}
			c, err := parse(string(block))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", e.Name(), err)
			}
			all = append(all, c)
		}
	}
	return all, nil
}

func parse(block string) (Conversation, error) {
	var c Conversation
	for line := range strings.Lines(block) {
		mark, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		var list *[]Step
		switch mark {
		case "", "#":
			if c.Name == "" {
				c.Name = text
			}
			continue
		case "~":
			c.Reason = text
			continue
		case ">":
			list = &c.Sent
		case "<":
			list = &c.Got
		case "~<":
			list = &c.Ours
		default:
			return c, fmt.Errorf("%s: the line %q begins with nothing known", c.Name, line)
		}
		s, err := step(text)
		if err != nil {
			return c, fmt.Errorf("%s: %w", c.Name, err)
		}
		*list = append(*list, s)
	}
	if c.Ours == nil {
		c.Ours = c.Got
	}
	return c, nil
}

func step(text string) (Step, error) {
	if event, ok := strings.CutPrefix(text, "["); ok {
		return Step{Event: strings.TrimSuffix(event, "]")}, nil
	}
	s := Step{Bytes: []byte{}}
	for _, piece := range strings.Fields(text) {
		digits, times, repeated := strings.Cut(piece, "*")
		b, err := hex.DecodeString(digits)
		n := 1
		if err == nil && repeated {
			n, err = strconv.Atoi(times)
		}
		if err != nil {
			return s, err
		}
		s.Bytes = append(s.Bytes, bytes.Repeat(b, n)...)
	}
	return s, nil
}
