package bertrpc_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/fondaco/fondaco/codec/bert"
	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/conformance/doortest"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/door"
	"github.com/fondaco/fondaco/door/bertrpc"
)

func TestDoor(t *testing.T) {
	for name, keep := range map[string]bool{"one call": false, "kept": true} {
		t.Run(name, func(t *testing.T) {
			doortest.Run(t, doortest.Kit{
				URL: "bert://127.0.0.1:0",
				New: func(spec config.Door, h core.Handler, opts door.Options) (doortest.Door, error) {
					d, err := bertrpc.New(spec, h, opts)
					if err != nil {
						return nil, err
					}
					return d, nil
				},
				Dial: func(url string) (doortest.Client, error) { return dial(url, keep) },
				Half: []byte{0, 0, 0, 9, bert.Magic},
				Garbage: map[string][]byte{
					"half a length": {0, 0},
					"half a frame":  []byte("\x00\x00\x00\x20abc"),
					"no HTTP":       []byte("GET / HTTP/1.1\r\n\r\n"),
				},
			})
		})
	}
}

// client speaks BERT-RPC by the codec's tokens.
type client struct {
	*net.TCPConn
	keep bool
}

func dial(url string, keep bool) (*client, error) {
	c, err := net.Dial("tcp", strings.TrimPrefix(url, "bert://"))
	if err != nil {
		return nil, err
	}
	_ = c.SetDeadline(time.Now().Add(doortest.Generous))
	_ = c.(*net.TCPConn).SetLinger(0) // Close resets the connection
	return &client{c.(*net.TCPConn), keep}, nil
}

func (c *client) Call(module, function, text string) (answer, kind string, err error) {
	var out []byte
	if c.keep {
		out = message(out, symbol("info"), symbol("connection"), core.Token{Kind: core.ListToken, Len: 1},
			symbol("keep_alive"), core.Token{Kind: core.EndToken})
	}
	out = message(out, symbol("call"), symbol(module), symbol(function), core.Token{Kind: core.ListToken, Len: 1},
		core.Token{Kind: core.TextToken, Bytes: []byte(text)}, core.Token{Kind: core.EndToken})
	// A door that refuses a message need not read it to its end.
	_, werr := c.Write(out)
	var head [4]byte
	if _, err := io.ReadFull(c, head[:]); err != nil {
		return "", "", fmt.Errorf("no answer: %w (writing: %v)", err, werr)
	}
	body := make([]byte, binary.BigEndian.Uint32(head[:]))
	if _, err := io.ReadFull(c, body); err != nil {
		return "", "", err
	}
	return parse(body)
}

func symbol(name string) core.Token { return core.Token{Kind: core.SymbolToken, Bytes: []byte(name)} }

// message appends a tuple as a BERP; an argument list counts as one element.
func message(out []byte, tokens ...core.Token) []byte {
	w := bert.Codec.NewWriter()
	w.Reset([]byte{bert.Magic})
	arity, depth := 0, 0
	for _, t := range tokens {
		if t.Kind == core.EndToken {
			depth--
			continue
		}
		if depth == 0 {
			arity++
		}
		if t.Kind == core.ListToken {
			depth++
		}
	}
	_ = w.Put(&core.Token{Kind: core.TupleToken, Len: arity})
	for _, t := range tokens {
		_ = w.Put(&t)
	}
	_ = w.Put(&core.Token{Kind: core.EndToken})
	term, err := w.Bytes()
	if err != nil {
		panic(err)
	}
	return append(binary.BigEndian.AppendUint32(out, uint32(len(term))), term...)
}

// parse reads {reply, Text} or {error, {Type, Code, Class, ...}}.
func parse(body []byte) (answer, kind string, err error) {
	r := bert.Codec.NewReader()
	term, err := bert.Open(nil, body, core.Limits{})
	if err != nil {
		return "", "", err
	}
	r.Reset(term, core.ReadOptions{})
	var t core.Token
	var words []string
	var code int64
	for r.Next(&t) == nil {
		switch t.Kind {
		case core.SymbolToken, core.TextToken:
			words = append(words, string(bytes.Clone(t.Bytes)))
		case core.IntToken:
			code = t.Int
		}
	}
	switch {
	case len(words) == 2 && words[0] == "reply":
		return words[1], "", nil
	case len(words) < 3 || words[0] != "error":
		return "", "", fmt.Errorf("got %q", words)
	case words[1] == "server" && code == 1:
		return "", "no_module", nil
	case words[1] == "server" && code == 2:
		return "", "no_function", nil
	case words[1] == "server":
		return "", words[2], nil
	}
	return "", words[1], nil
}
