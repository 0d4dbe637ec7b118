// Package codectest is the kit that every codec's tests call: it holds a codec
// against the vectors in conformance/vectors and against what core demands of
// readers, writers and scanners.
package codectest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"testing"

	"github.com/fondaco/fondaco/codec"
	"github.com/fondaco/fondaco/codec/json"
	"github.com/fondaco/fondaco/conformance/vectors"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/internal/race"
)

// Run tests c, which must be a core.Scanner too.
func Run(t *testing.T, c core.Codec) {
	t.Helper()
	t.Run("Vectors", func(t *testing.T) { testVectors(t, c) })
	t.Run("Read", func(t *testing.T) { testRead(t, c) })
	t.Run("Malformed", func(t *testing.T) { testMalformed(t, c) })
	t.Run("Truncated", func(t *testing.T) { testTruncated(t, c) })
	t.Run("Limits", func(t *testing.T) { testLimits(t, c) })
	t.Run("Writer", func(t *testing.T) { testWriter(t, c) })
	t.Run("UnknownLengths", func(t *testing.T) { testUnknownLengths(t, c) })
	t.Run("Reuse", func(t *testing.T) { testReuse(t, c) })
	if !race.Enabled { // the race detector makes pools allocate
		t.Run("Allocations", func(t *testing.T) { testAllocations(t, c) })
	}
}

// Dump returns the tokens of data as text, one to a line: what two values that
// are the same have in common. Lengths are left out.
func Dump(c core.Codec, data []byte) (string, error) {
	r := c.NewReader()
	defer codec.Release(r)
	r.Reset(data, core.ReadOptions{})
	var out bytes.Buffer
	var tok core.Token
	for {
		err := r.Next(&tok)
		if err == io.EOF {
			return out.String(), nil
		}
		if err != nil {
			return out.String(), err
		}
		out.WriteString(describe(&tok))
	}
}

func describe(t *core.Token) string {
	switch t.Kind {
	case core.BoolToken:
		return fmt.Sprintf("%s %v\n", t.Kind, t.Bool)
	case core.IntToken, core.TimeToken, core.ChannelToken:
		return fmt.Sprintf("%s %d\n", t.Kind, t.Int)
	case core.BigToken:
		return fmt.Sprintf("big %v %x\n", t.Neg, t.Bytes)
	case core.FloatToken:
		return fmt.Sprintf("%s %x\n", t.Kind, t.Float)
	case core.TextToken, core.BytesToken, core.SymbolToken:
		return fmt.Sprintf("%s %q\n", t.Kind, t.Bytes)
	case core.RegexToken:
		return fmt.Sprintf("%s %q %d\n", t.Kind, t.Bytes, t.Options)
	}
	return t.Kind.String() + "\n"
}

func all(t *testing.T) []vectors.Vector {
	t.Helper()
	list, err := vectors.All()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// testVectors writes each vector and reads it back. The form $map is not strict
// in JSON, though it may be written.
func testVectors(t *testing.T, c core.Codec) {
	for _, v := range all(t) {
		value := core.Body{Codec: json.Codec, Data: []byte(v.Value)}
		want, err := Dump(json.Codec, value.Data)
		if err != nil {
			t.Fatalf("%s: value: %v", v.Name, err)
		}
		got, err := codec.Transcode(nil, sized(t, value), c, core.ReadOptions{})
		if err != nil {
			t.Errorf("%s: %v", v.Name, err)
			continue
		}
		form := v.In(c.Name())
		if !bytes.Equal(got, form) {
			t.Errorf("%s: wrote %s, want %s", v.Name, show(c, got), show(c, form))
		}
		body, err := codec.Whole(c, form, core.Limits{})
		if err != nil || !body.Strict && !bytes.Contains(form, []byte("$map")) {
			t.Errorf("%s: scan: strict %v, %v", v.Name, body.Strict, err)
		}
		back, err := Dump(c, form)
		if err != nil || (back != want) != v.Lossy(c.Name()) {
			t.Errorf("%s: lossy is %v, read %v\n%swant\n%s", v.Name, v.Lossy(c.Name()), err, back, want)
		}
	}
}

// show returns data as it helps to read them.
func show(c core.Codec, data []byte) string {
	if c == json.Codec {
		return string(data)
	}
	return fmt.Sprintf("%x", data)
}

// testRead reads the forms that the codec does not write.
func testRead(t *testing.T, c core.Codec) {
	list, err := vectors.Read()
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range list {
		if v.Codec != c.Name() {
			continue
		}
		want, err := Dump(json.Codec, []byte(v.Value))
		if err != nil {
			t.Fatalf("%s: value: %v", v.Name, err)
		}
		if got, err := Dump(c, v.Data); err != nil || got != want {
			t.Errorf("%s: %v, read\n%swant\n%s", v.Name, err, got, want)
		}
		if _, err := codec.Whole(c, v.Data, core.Limits{}); err != nil {
			t.Errorf("%s: scan: %v", v.Name, err)
		}
	}
}

// testMalformed expects reader and scanner to refuse, without allocating more
// than an error takes.
func testMalformed(t *testing.T, c core.Codec) {
	list, err := vectors.Malformed()
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range list {
		if v.Codec != c.Name() {
			continue
		}
		before := allocated()
		_, err := Drain(c, v.Data, core.Limits{})
		if !errors.Is(err, core.ErrProtocol) {
			t.Errorf("%s: the reader says %v", v.Name, err)
		}
		if _, err := codec.Whole(c, v.Data, core.Limits{}); !errors.Is(err, core.ErrProtocol) {
			t.Errorf("%s: the scanner says %v", v.Name, err)
		}
		if n := allocated() - before; n > 1<<20 {
			t.Errorf("%s: %d bytes were allocated", v.Name, n)
		}
	}
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// Drain reads data to the end and returns the number of tokens.
func Drain(c core.Codec, data []byte, limits core.Limits) (int, error) {
	r := c.NewReader()
	defer codec.Release(r)
	r.Reset(data, core.ReadOptions{Limits: limits})
	var tok core.Token
	for n := 0; ; n++ {
		if err := r.Next(&tok); err != nil {
			if err == io.EOF {
				err = nil
			}
			return n, err
		}
	}
}

// testTruncated expects every vector to be refused when its end is missing.
// JSON's numbers alone may end anywhere.
func testTruncated(t *testing.T, c core.Codec) {
	for _, v := range all(t) {
		form := v.In(c.Name())
		if c == json.Codec && (form[0] == '-' || form[0] <= '9' && form[0] >= '0') {
			continue
		}
		for n := max(0, len(form)-40); n < len(form); n++ {
			if _, err := Drain(c, form[:n:n], core.Limits{}); !errors.Is(err, core.ErrProtocol) {
				t.Errorf("%s: %d of %d bytes: the reader says %v", v.Name, n, len(form), err)
			}
			if _, err := codec.Whole(c, form[:n:n], core.Limits{}); !errors.Is(err, core.ErrProtocol) {
				t.Errorf("%s: %d of %d bytes: the scanner says %v", v.Name, n, len(form), err)
			}
		}
	}
}
