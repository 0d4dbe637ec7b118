package workertest

import (
	"bytes"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/fondaco/fondaco/conformance/vectors"
)

var values = []conversation{
	{"values", []string{"echo"}, testValues},
	{"vectors", []string{"echo"}, testVectors},
	{"kinds of value", []string{"types"}, testTypes},
	{"made values", []string{"make"}, testMake},
	{"big values", []string{"echo"}, testBig},
}

func testValues(t *testing.T, w Worker) {
	p := Start(t, w)
	huge := new(big.Int).Lsh(big.NewInt(1), 80)
	for i, v := range []any{
		nil, true, false, 0, 1, -1, 23, 24, -24, -25, 255, 256, 65535, 65536, 1 << 31, 1<<32 - 1, 1 << 32,
		int64(1 << 53), int64(math.MaxInt64), int64(math.MinInt64), uint64(math.MaxUint64), huge, new(big.Int).Neg(huge),
		0.0, 1.0, 1.5, -2.25, 1e300, 1e-300, math.Inf(1), math.Inf(-1), math.NaN(),
		"", "text", "Zürich 東京 🏠", strings.Repeat("x", 23), strings.Repeat("x", 24), strings.Repeat("x", 255),
		strings.Repeat("x", 256), strings.Repeat("é", 40000), "nul \x00 inside", []byte{}, []byte{0xff, 0}, []byte("text as bytes"),
		[]any{}, []any{1, "a", nil, []any{2}}, Map{}, Map{{"a", 1}, {"b", Map{{"c", []any{}}}}},
		Symbol("ok"), Symbol(""), Tuple{}, Tuple{1, "a"}, []any{Tuple{Symbol("user"), Tuple{"x", 1.5}}}, Map{{"t", Tuple{1}}},
		Time(1e15), Time(1700000000123456), Time(0), Time(-1500000),
		Regex{"a+b", 1}, Regex{"", 0}, Regex{"^ü$", 15},
	} {
		want := Show(w.through(v))
		p.Call(uint32(i), "echo", v)
		if got := Show(p.Reply(uint32(i))); got != want {
			t.Errorf("echo of %.200s gives %.200s, want %.200s", Show(v), got, want)
		}
	}
}

func testVectors(t *testing.T, w Worker) {
	all, err := vectors.All()
	if err != nil {
		t.Fatal(err)
	}
	p := Start(t, w)
	for i, v := range all {
		value, err := decode(v.CBOR)
		if err != nil {
			t.Fatalf("%s: %v", v.Name, err)
		}
		// The call is put together by hand, so that the vector's own bytes go out.
		head := encode([]any{kindCall, "kit", "echo", []any{nil}})
		p.Write(appendRaw(nil, uint32(i), append(head[:len(head)-1], v.CBOR...)))
		f := p.Receive()
		if f.ID != uint32(i) || f.Kind != kindReply || len(f.Fields) == 0 {
			t.Fatalf("%s: echo of %.200s gives %.500s", v.Name, Show(value), f)
		}
		if got, want := Show(f.Fields[0]), Show(w.through(value)); got != want && !slices.Contains(w.Lossy, v.Name) {
			t.Errorf("%s: echo of %.200s gives %.200s, want %.200s", v.Name, Show(value), got, want)
		}
	}
}

// samples has one value of each kind, with its word.
func samples() []Pair {
	return []Pair{{"nil", nil}, {"bool", true}, {"int", 42}, {"big", new(big.Int).Lsh(big.NewInt(1), 80)}, {"float", 1.5},
		{"text", "text"}, {"bytes", []byte{0xff, 0}}, {"symbol", Symbol("ok")}, {"list", []any{1, []any{2}}},
		{"tuple", Tuple{1, "a"}}, {"map", Map{{"a", 1}}}, {"time", Time(1e15)}, {"regex", Regex{"a+b", 1}}}
}

func testTypes(t *testing.T, w Worker) {
	p := Start(t, w)
	for i, s := range samples() {
		want := s.Key
		if want == "big" {
			want = "int"
		}
		p.Call(uint32(i), "types", s.Value)
		if got := p.Reply(uint32(i)); got != want {
			t.Errorf("%s arrives as %s, want %s", Show(s.Value), Show(got), Show(want))
		}
	}
}

func testMake(t *testing.T, w Worker) {
	p := Start(t, w)
	for i, s := range samples() {
		p.Call(uint32(i), "make", s.Key)
		if got, want := Show(p.Reply(uint32(i))), Show(w.through(s.Value)); got != want {
			t.Errorf("make(%v) returns %s, want %s", s.Key, got, want)
		}
	}
}

func testBig(t *testing.T, w Worker) {
	p := Start(t, w)
	const size = 8 << 20
	for i, v := range []any{strings.Repeat("0123456789abcdef", size/16), bytes.Repeat([]byte{0xff, 0xfe}, size/2)} {
		p.Call(uint32(i), "echo", v)
		if got := p.Reply(uint32(i)); !sameBytes(got, v) {
			t.Fatalf("%T of 8 MiB comes back changed: %.100s", v, Show(got))
		}
	}
	l := make([]any, 20000)
	for i := range l {
		l[i] = "element"
	}
	p.Call(9, "echo", l)
	p.ExpectReply(9, l)
}

// sameBytes compares two texts, or two byte strings.
func sameBytes(a, b any) bool {
	switch a := a.(type) {
	case string:
		b, ok := b.(string)
		return ok && a == b
	case []byte:
		b, ok := b.([]byte)
		return ok && bytes.Equal(a, b)
	}
	return false
}
