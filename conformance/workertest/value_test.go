package workertest

import (
	"math/big"
	"strings"
	"testing"
)

func TestShow(t *testing.T) {
	same := []struct{ a, b any }{
		{1, int64(1)},
		{uint64(7), big.NewInt(7)},
		{Map{{"a", 1}, {"b", 2}}, Map{{"b", 2}, {"a", 1}}},
		{[]any{}, []any{}},
	}
	for _, c := range same {
		if Show(c.a) != Show(c.b) {
			t.Errorf("%s is not shown as %s", Show(c.a), Show(c.b))
		}
	}
	other := []any{nil, false, 0, 0.0, "", []byte{}, Symbol(""), []any{}, Tuple{}, Map{}, Time(0), Regex{}, Channel(0),
		"nil", "0", []any{nil}, []any{"", ""}, []any{", "}, Map{{"", ""}}, Regex{"", 1}}
	for i, a := range other {
		for _, b := range other[:i] {
			if Show(a) == Show(b) {
				t.Errorf("%#v and %#v are both shown as %s", a, b, Show(a))
			}
		}
	}
}

func TestCodec(t *testing.T) {
	for _, s := range samples() {
		v, err := decode(encode([]any{s.Value}))
		if err != nil || Show(v) != Show([]any{s.Value}) {
			t.Errorf("%s is read as %s, %v", Show(s.Value), Show(v), err)
		}
	}
	if v, err := decode(append(encode(1), 2)); err == nil {
		t.Errorf("bytes behind a value are read as %s", Show(v))
	}
}

func TestThrough(t *testing.T) {
	w := Worker{Through: func(v any) any {
		switch v := v.(type) {
		case string:
			return strings.ToUpper(v)
		case Map:
			return append(v, Pair{"SIZE", len(v)})
		}
		return v
	}}
	got := Show(w.through([]any{"a", Tuple{"b", 1}, Map{{"k", []any{"v"}}}}))
	if want := `["A", ("B", 1), {"K": ["V"], "SIZE": 1}]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
