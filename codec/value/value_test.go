package value_test

import (
	"errors"
	"math"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/fondaco/fondaco/codec/bert"
	"github.com/fondaco/fondaco/codec/cbor"
	"github.com/fondaco/fondaco/codec/json"
	"github.com/fondaco/fondaco/codec/value"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/internal/race"
)

func jsonBody(s string) core.Body { return core.Body{Codec: json.Codec, Data: []byte(s)} }

func TestAnyRoundTrip(t *testing.T) {
	huge := new(big.Int).Lsh(big.NewInt(1), 300)
	values := []any{
		nil, true, false, int64(0), int64(-1), int64(math.MaxInt64), int64(math.MinInt64), huge, new(big.Int).Neg(huge),
		1.5, "text é", []byte{0xff, 0}, value.Symbol("sym"), []any{}, []any{int64(1), "a", nil}, value.Tuple{},
		value.Tuple{value.Symbol("ok"), int64(1)}, map[string]any{}, map[string]any{"a": []any{}},
		map[any]any{"a": int64(1), int64(2): "b", value.Symbol("c"): nil},
		value.Pairs{{Key: []any{int64(1)}, Value: "x"}}, time.UnixMicro(1700000000123456).UTC(), time.Unix(-5, 0).UTC(),
		value.Regex{Source: "^a$", Options: core.RegexCaseless | core.RegexDotAll}, value.Channel(9),
	}
	for _, c := range []core.Codec{bert.Codec, cbor.Codec} {
		for _, want := range values {
			body, err := value.Marshal(c, want)
			if err != nil {
				t.Errorf("%s: %#v: %v", c.Name(), want, err)
				continue
			}
			var got any
			if err := value.Unmarshal(body, &got); err != nil {
				t.Errorf("%s: %#v: %v", c.Name(), want, err)
			} else if !reflect.DeepEqual(got, want) {
				t.Errorf("%s: got %#v, want %#v", c.Name(), got, want)
			}
		}
	}
}

type inner struct {
	Name string `fondaco:"name"`
	Skip int    `fondaco:"-"`
	Zero *int   `json:"zero,omitempty"`
}

type outer struct {
	inner
	Count  uint8            `fondaco:"count"`
	List   []int32          `json:"list"`
	Map    map[string]inner `fondaco:"map"`
	When   time.Time
	Data   []byte
	Fixed  [2]bool
	Symbol value.Symbol
	Any    any
	Ref    *float32
}

func TestStructs(t *testing.T) {
	f := float32(2)
	want := outer{
		inner: inner{Name: "n"}, Count: 255, List: []int32{-1}, Map: map[string]inner{"k": {Name: "v"}},
		When: time.UnixMicro(5).UTC(), Data: []byte("x"), Fixed: [2]bool{true, false}, Symbol: "s", Any: "any", Ref: &f,
	}
	for _, c := range []core.Codec{bert.Codec, cbor.Codec, json.Codec} {
		body, err := value.Marshal(c, want)
		if err != nil {
			t.Fatal(err)
		}
		var got outer
		if err := value.Unmarshal(body, &got); err != nil {
			t.Fatalf("%s: %v", c.Name(), err)
		}
		if c != json.Codec && !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v", c.Name(), got, want)
		}
	}
	var got outer
	if err := value.Unmarshal(jsonBody(`{"name":"n","else":[{}],"count":3}`), &got); err != nil || got.Name != "n" || got.Count != 3 {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestMismatch(t *testing.T) {
	tests := []struct {
		body string
		into any
		want string
	}{
		{`300`, new(uint8), "300 does not fit in uint8"},
		{`-1`, new(uint), "-1 does not fit in uint"},
		{`128`, new(int8), "128 does not fit in int8"},
		{`18446744073709551616`, new(uint64), "does not fit in uint64"},
		{`9223372036854775808`, new(int64), "does not fit in int64"},
		{`9007199254740993`, new(float64), "9007199254740993 does not fit in float64"},
		{`9223372036854775807`, new(float64), "does not fit in float64"},
		{`1e300`, new(float32), "does not fit in float32"},
		{`"x"`, new(int), "an int is wanted, not text"},
		{`1.0`, new(int), "an int is wanted, not float"},
		{`null`, new(string), "text is wanted, not nil"},
		{`[1,2,3]`, new([2]int), "more values"},
		{`[1]`, new([2]int), "no further value"},
		{`{"count":256}`, new(outer), "count: the int 256 does not fit in uint8"},
		{`1`, new(chan int), "cannot hold"},
		{`1`, 5, "into a pointer"},
	}
	for _, test := range tests {
		err := value.Unmarshal(jsonBody(test.body), test.into)
		if err == nil || !strings.Contains(err.Error(), test.want) || !errors.Is(err, core.ErrUser) {
			t.Errorf("%s into %T: got %v, want %s", test.body, test.into, err, test.want)
		}
	}
	if err := value.Unmarshal(jsonBody(`[1`), new([]int)); !errors.Is(err, core.ErrProtocol) {
		t.Errorf("a broken body: got %v", err)
	}
	if err := value.Unmarshal(core.Body{}, new(any)); !errors.Is(err, core.ErrProtocol) {
		t.Errorf("no body: got %v", err)
	}
}

func TestMarshalRefuses(t *testing.T) {
	cycle := []any{nil}
	cycle[0] = cycle
	type loop struct{ Next *loop }
	ring := &loop{}
	ring.Next = ring
	for _, v := range []any{func() {}, make(chan int), cycle, ring, value.Symbol("\xff"), []any{math.NaN()}, value.Channel(math.MaxUint64)} {
		if _, err := value.Marshal(json.Codec, v); !errors.Is(err, core.ErrUser) {
			t.Errorf("%T: got %v", v, err)
		}
	}
}

func TestDecoderReadsArguments(t *testing.T) {
	body, err := value.Marshal(bert.Codec, []any{1, "two", 3.5, []any{1, 2}, true, []byte{255}})
	if err != nil {
		t.Fatal(err)
	}
	sum := func() (n int64) {
		d := value.NewDecoder(body, core.ReadOptions{})
		defer d.Close()
		length, err := d.Begin()
		i, err1 := d.Int()
		err2 := d.Skip()
		f, err3 := d.Float()
		err4 := d.Skip()
		b, err5 := d.Bool()
		data, err6 := d.Bytes()
		more := d.More()
		err7, err8 := d.End(), d.Done()
		if err := errors.Join(err, err1, err2, err3, err4, err5, err6, err7, err8); err != nil {
			t.Fatal(err)
		}
		if length != 6 || i != 1 || f != 3.5 || !b || len(data) != 1 || more {
			t.Fatal("wrong values")
		}
		return i
	}
	if allocs := testing.AllocsPerRun(100, func() { sum() }); allocs > 0 && !race.Enabled {
		t.Errorf("%v allocations", allocs)
	}
	d := value.NewDecoder(jsonBody(`[1]`), core.ReadOptions{})
	defer d.Close()
	d.Begin()
	d.Int()
	if _, err := d.Int(); err == nil || !strings.Contains(err.Error(), "no further value") {
		t.Errorf("past the end: got %v", err)
	}
}
