package value

import (
	"math"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/fondaco/fondaco/codec"
	"github.com/fondaco/fondaco/core"
)

// maxDepth bounds how deep a Go value nests.
const maxDepth = 1000

// Marshal returns v in the codec to. It fails with a user error when v, or
// something in it, has no form there: a function, a cycle, a NaN in JSON. Nil
// slices and maps are empty ones, nil pointers are nil.
func Marshal(to core.Codec, v any) (core.Body, error) {
	data, err := Append(nil, to, v)
	if err != nil {
		return core.Body{}, err
	}
	return core.Body{Codec: to, Data: data, Strict: true}, nil
}

// Append appends v in the codec to to dst. It fails as Marshal does.
func Append(dst []byte, to core.Codec, v any) ([]byte, error) {
	w := to.NewWriter()
	defer codec.Release(w)
	w.Reset(dst)
	if err := Put(w, v); err != nil {
		return dst, err
	}
	return w.Bytes()
}

// Put writes v as tokens: a whole value, or one element of a container that
// was begun. It fails as Marshal does.
func Put(w core.TokenWriter, v any) error {
	e := encoders.Get().(*encoder)
	e.w = w
	err := e.value(v, 0)
	e.w, e.t.Bytes = nil, nil
	encoders.Put(e)
	return err
}

var encoders = sync.Pool{New: func() any { return new(encoder) }}

// encoder holds the token that is handed to the writer, and space for the
// bytes of a string.
type encoder struct {
	w    core.TokenWriter
	t    core.Token
	text []byte
}

func (e *encoder) put(kind core.TokenKind) error {
	e.t.Kind = kind
	return e.w.Put(&e.t)
}

func (e *encoder) int(i int64) error {
	e.t.Int = i
	return e.put(core.IntToken)
}

func (e *encoder) string(kind core.TokenKind, s string) error {
	if kind == core.TextToken && !utf8.ValidString(s) {
		kind = core.BytesToken
	}
	e.text = append(e.text[:0], s...)
	e.t.Bytes = e.text
	if cap(e.text) > 64<<10 {
		e.text = nil
	}
	return e.put(kind)
}

func (e *encoder) open(kind core.TokenKind, n int) error {
	e.t.Len = n
	return e.put(kind)
}

// value writes v; the common types come without reflection.
func (e *encoder) value(v any, depth int) error {
	switch v := v.(type) {
	case nil:
		return e.put(core.NilToken)
	case bool:
		e.t.Bool = v
		return e.put(core.BoolToken)
	case int:
		return e.int(int64(v))
	case int64:
		return e.int(v)
	case float64:
		e.t.Float = v
		return e.put(core.FloatToken)
	case string:
		return e.string(core.TextToken, v)
	case []byte:
		e.t.Bytes = v
		return e.put(core.BytesToken)
	case []any:
		return e.list(core.ListToken, v, depth)
	case Tuple:
		return e.list(core.TupleToken, v, depth)
	case Symbol:
		return e.symbol(v)
	case Channel:
		return e.channel(v)
	case Regex:
		return e.regex(v)
	case Pairs:
		return e.pairs(v, depth)
	case time.Time:
		return e.time(v)
	case *big.Int:
		return e.big(v)
	case core.Body:
		return e.body(v)
	}
	return e.reflect(reflect.ValueOf(v), depth)
}

func (e *encoder) symbol(v Symbol) error {
	if !utf8.ValidString(string(v)) {
		return mismatch("the symbol %q is not valid UTF-8", string(v))
	}
	return e.string(core.SymbolToken, string(v))
}

func (e *encoder) channel(v Channel) error {
	if v > math.MaxInt64 {
		return mismatch("the channel id %d is beyond 63 bits", v)
	}
	e.t.Int = int64(v)
	return e.put(core.ChannelToken)
}

func (e *encoder) regex(v Regex) error {
	if !utf8.ValidString(v.Source) {
		return mismatch("the regular expression %q is not valid UTF-8", v.Source)
	}
	e.t.Options = v.Options
	return e.string(core.RegexToken, v.Source)
}

func (e *encoder) time(v time.Time) error {
	if sec := v.Unix(); sec > math.MaxInt64/1_000_000-1 || sec < math.MinInt64/1_000_000+1 {
		return mismatch("the time %v does not fit in 64 bits of microseconds", v)
	}
	e.t.Int = v.UnixMicro()
	return e.put(core.TimeToken)
}

func (e *encoder) big(v *big.Int) error {
	switch {
	case v == nil:
		return e.put(core.NilToken)
	case v.IsInt64():
		return e.int(v.Int64())
	}
	e.t.Neg, e.t.Bytes = v.Sign() < 0, v.Bytes()
	return e.put(core.BigToken)
}

// body writes a value that is there in some codec already.
func (e *encoder) body(v core.Body) error {
	if v.IsZero() {
		return e.put(core.NilToken)
	}
	r := v.Codec.NewReader()
	defer codec.Release(r)
	r.Reset(v.Data, core.ReadOptions{})
	return codec.Copy(e.w, r)
}

func (e *encoder) list(kind core.TokenKind, v []any, depth int) error {
	if depth >= maxDepth {
		return errCycle()
	}
	if err := e.open(kind, len(v)); err != nil {
		return err
	}
	for _, x := range v {
		if err := e.value(x, depth+1); err != nil {
			return err
		}
	}
	return e.put(core.EndToken)
}

func (e *encoder) pairs(v Pairs, depth int) error {
	if depth >= maxDepth {
		return errCycle()
	}
	if err := e.open(core.MapToken, len(v)); err != nil {
		return err
	}
	for _, p := range v {
		if err := e.value(p.Key, depth+1); err != nil {
			return err
		}
		if err := e.value(p.Value, depth+1); err != nil {
			return err
		}
	}
	return e.put(core.EndToken)
}

func errCycle() error {
	return mismatch("the value nests more than %d deep; does it contain itself?", maxDepth)
}

func (e *encoder) reflect(v reflect.Value, depth int) error {
	if depth >= maxDepth {
		return errCycle()
	}
	switch v.Kind() {
	case reflect.Bool:
		e.t.Bool = v.Bool()
		return e.put(core.BoolToken)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return e.int(v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		if v.Uint() > math.MaxInt64 {
			return e.big(new(big.Int).SetUint64(v.Uint()))
		}
		return e.int(int64(v.Uint()))
	case reflect.Float32, reflect.Float64:
		e.t.Float = v.Float()
		return e.put(core.FloatToken)
	case reflect.String:
		return e.string(core.TextToken, v.String())
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return e.put(core.NilToken)
		}
		return e.value(v.Elem().Interface(), depth+1)
	case reflect.Slice, reflect.Array:
		return e.slice(v, depth)
	case reflect.Map:
		return e.mapping(v, depth)
	case reflect.Struct:
		return e.structure(v, depth)
	}
	return mismatch("a Go value of type %s has no form", v.Type())
}

func (e *encoder) slice(v reflect.Value, depth int) error {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		b := make([]byte, v.Len())
		reflect.Copy(reflect.ValueOf(b), v)
		e.t.Bytes = b
		return e.put(core.BytesToken)
	}
	if err := e.open(core.ListToken, v.Len()); err != nil {
		return err
	}
	for i := range v.Len() {
		if err := e.value(v.Index(i).Interface(), depth+1); err != nil {
			return err
		}
	}
	return e.put(core.EndToken)
}

// mapping writes a map, in the order of its keys when they are strings.
func (e *encoder) mapping(v reflect.Value, depth int) error {
	if err := e.open(core.MapToken, v.Len()); err != nil {
		return err
	}
	keys := v.MapKeys()
	if v.Type().Key().Kind() == reflect.String {
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	}
	for _, k := range keys {
		if err := e.value(k.Interface(), depth+1); err != nil {
			return err
		}
		if err := e.value(v.MapIndex(k).Interface(), depth+1); err != nil {
			return err
		}
	}
	return e.put(core.EndToken)
}

func (e *encoder) structure(v reflect.Value, depth int) error {
	list := fields(v.Type())
	n := 0
	for _, f := range list {
		if !f.omit || !v.FieldByIndex(f.index).IsZero() {
			n++
		}
	}
	if err := e.open(core.MapToken, n); err != nil {
		return err
	}
	for _, f := range list {
		x := v.FieldByIndex(f.index)
		if f.omit && x.IsZero() {
			continue
		}
		if err := e.string(core.TextToken, f.name); err != nil {
			return err
		}
		if err := e.value(x.Interface(), depth+1); err != nil {
			return err
		}
	}
	return e.put(core.EndToken)
}
