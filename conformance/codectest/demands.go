package codectest

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/fondaco/fondaco/codec"
	"github.com/fondaco/fondaco/codec/cbor"
	"github.com/fondaco/fondaco/codec/json"
	"github.com/fondaco/fondaco/codec/value"
	"github.com/fondaco/fondaco/core"
)

// sized returns a value given in JSON, with the lengths of its containers
// known.
func sized(t *testing.T, b core.Body) core.Body {
	t.Helper()
	tokens := tokensOf(t, b)
	setLengths(tokens)
	w := cbor.Codec.NewWriter()
	w.Reset(nil)
	for i := range tokens {
		if err := w.Put(&tokens[i]); err != nil {
			t.Fatal(err)
		}
	}
	data, err := w.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return core.Body{Codec: cbor.Codec, Data: data}
}

func tokensOf(t *testing.T, b core.Body) []core.Token {
	t.Helper()
	r := b.Codec.NewReader()
	r.Reset(b.Data, core.ReadOptions{})
	var tokens []core.Token
	for {
		var tok core.Token
		err := r.Next(&tok)
		if err == io.EOF {
			return tokens
		}
		if err != nil {
			t.Fatal(err)
		}
		tok.Bytes = bytes.Clone(tok.Bytes)
		tokens = append(tokens, tok)
	}
}

// setLengths counts the elements of each container.
func setLengths(tokens []core.Token) {
	var open []int
	for i := range tokens {
		kind := tokens[i].Kind
		if kind == core.EndToken {
			top := &tokens[open[len(open)-1]]
			if top.Kind == core.MapToken {
				top.Len /= 2
			}
			open = open[:len(open)-1]
			continue
		}
		if len(open) > 0 {
			tokens[open[len(open)-1]].Len++
		}
		if kind == core.ListToken || kind == core.TupleToken || kind == core.MapToken {
			tokens[i].Len = 0
			open = append(open, i)
		}
	}
}

func marshal(t *testing.T, c core.Codec, v any) []byte {
	t.Helper()
	b, err := value.Marshal(c, v)
	if err != nil {
		t.Fatal(err)
	}
	return b.Data
}

// testLimits expects each limit to hold exactly.
func testLimits(t *testing.T, c core.Codec) {
	deep := any([]any{})
	for range 9 {
		deep = []any{deep}
	}
	long := make([]any, 100)
	pairs := map[string]int{"a": 1, "b": 2, "c": 3}
	size := len(marshal(t, c, long))
	tests := []struct {
		name   string
		value  any
		limits core.Limits
		ok     bool
	}{
		{"depth 10 of 10", deep, core.Limits{Depth: 10}, true},
		{"depth 10 of 9", deep, core.Limits{Depth: 9}, false},
		{"100 elements of 100", long, core.Limits{Elements: 100}, true},
		{"100 elements of 99", long, core.Limits{Elements: 99}, false},
		{"3 pairs of 6 elements", pairs, core.Limits{Elements: 6}, true},
		{"3 pairs of 5 elements", pairs, core.Limits{Elements: 5}, false},
		{"all bytes", long, core.Limits{Bytes: size}, true},
		{"one byte less", long, core.Limits{Bytes: size - 1}, false},
	}
	for _, test := range tests {
		data := marshal(t, c, test.value)
		_, read := Drain(c, data, test.limits)
		_, scan := codec.Whole(c, data, test.limits)
		for _, err := range []error{read, scan} {
			if (err == nil) != test.ok || err != nil && !errors.Is(err, core.ErrProtocol) {
				t.Errorf("%s: reader %v, scanner %v", test.name, read, scan)
			}
		}
	}
}

// testWriter gives the writer tokens that are no value.
func testWriter(t *testing.T, c core.Codec) {
	one := core.Token{Kind: core.IntToken, Int: 1}
	end := core.Token{Kind: core.EndToken}
	list := func(n int) core.Token { return core.Token{Kind: core.ListToken, Len: n} }
	pairs := func(n int) core.Token { return core.Token{Kind: core.MapToken, Len: n} }
	tests := map[string][]core.Token{
		"nothing":            {},
		"end alone":          {end},
		"two values":         {one, one},
		"list left open":     {list(1), one},
		"too few":            {list(2), one, end},
		"too many":           {list(1), one, one, end},
		"map with odd count": {pairs(core.UnknownLen), one, end},
		"map with too few":   {pairs(1), end},
		"unknown kind":       {{Kind: 200}},
	}
	for name, tokens := range tests {
		w := c.NewWriter()
		w.Reset(nil)
		for i := range tokens {
			if w.Put(&tokens[i]) != nil {
				break
			}
		}
		if _, err := w.Bytes(); !errors.Is(err, core.ErrUser) {
			t.Errorf("%s: the writer says %v", name, err)
		}
	}
	w := c.NewWriter()
	w.Reset(nil)
	var err error
	for n := 0; err == nil && n < 1<<20; n++ {
		open := list(1)
		err = w.Put(&open)
	}
	if err == nil {
		t.Error("a value without end is written")
	}
}

// testUnknownLengths expects the same values when no length is known.
func testUnknownLengths(t *testing.T, c core.Codec) {
	for _, v := range all(t) {
		src := core.Body{Codec: json.Codec, Data: []byte(v.Value)}
		got, err := codec.Transcode([]byte("before"), src, c, core.ReadOptions{})
		if err != nil {
			t.Errorf("%s: %v", v.Name, err)
			continue
		}
		got, found := bytes.CutPrefix(got, []byte("before"))
		read, err1 := Dump(c, got)
		want, err2 := Dump(c, v.In(c.Name()))
		if err := errors.Join(err1, err2); err != nil || !found || read != want {
			t.Errorf("%s: %v, read\n%swant\n%s", v.Name, err, read, want)
		}
	}
}

// testReuse expects readers and writers to forget what went before, errors
// included.
func testReuse(t *testing.T, c core.Codec) {
	r, w := c.NewReader(), c.NewWriter()
	for _, v := range all(t) {
		form := v.In(c.Name())
		r.Reset(form[:len(form)/2], core.ReadOptions{})
		w.Reset(nil)
		if err := codec.Copy(w, r); err == nil && c != json.Codec {
			t.Errorf("%s: half of it is a value", v.Name)
		}
		r.Reset(form, core.ReadOptions{})
		w.Reset([]byte("x"))
		if err := codec.Copy(w, r); err != nil {
			t.Errorf("%s: %v", v.Name, err)
			continue
		}
		got, err := w.Bytes()
		body, _ := codec.Whole(c, form, core.Limits{})
		if err != nil || body.Strict && c != json.Codec && !bytes.Equal(got[1:], form) {
			t.Errorf("%s: rewritten as %s, %v", v.Name, show(c, got[1:]), err)
		}
	}
}

// testAllocations expects that ordinary values are read, scanned and written
// without allocating.
func testAllocations(t *testing.T, c core.Codec) {
	data := marshal(t, c, []any{nil, true, 1, -70000, 1 << 40, 1.5, "text é", []byte{0xff}, map[string]any{"a": []any{[]any{}}}})
	r, w, buf := c.NewReader(), c.NewWriter(), make([]byte, 0, 4096)
	if n := testing.AllocsPerRun(100, func() {
		r.Reset(data, core.ReadOptions{})
		w.Reset(buf)
		if err := codec.Copy(w, r); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("reading and writing: %v allocations", n)
	}
	scanner := c.(core.Scanner)
	if n := testing.AllocsPerRun(100, func() {
		if _, _, err := scanner.Scan(data, core.Limits{}); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("scanning: %v allocations", n)
	}
}
