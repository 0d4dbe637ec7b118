package value

import (
	"math"
	"math/big"
	"reflect"
	"time"

	"github.com/fondaco/fondaco/core"
)

// room bounds what is allocated for a container before its elements are read.
const room = 64

// Unmarshal stores the value of b in the variable that v points to. It fails
// with core.ErrProtocol when b is malformed or over a default limit, and with
// a user error that names both when a value is of another kind than the
// variable, or does not fit in it exactly.
func Unmarshal(b core.Body, v any) error {
	d := NewDecoder(b, core.ReadOptions{})
	defer d.Close()
	if err := d.Decode(v); err != nil {
		return err
	}
	return d.Done()
}

// Decode reads the next value into the variable that v points to. It fails as
// Unmarshal does.
func (d *Decoder) Decode(v any) (err error) {
	switch p := v.(type) {
	case *any:
		*p, err = d.Any()
	case *bool:
		*p, err = d.Bool()
	case *int64:
		*p, err = d.Int()
	case *float64:
		*p, err = d.Float()
	case *string:
		*p, err = d.Text()
	default:
		rv := reflect.ValueOf(v)
		if rv.Kind() != reflect.Pointer || rv.IsNil() {
			return mismatch("a value is decoded into a pointer, not into a %T", v)
		}
		err = d.into(rv.Elem())
	}
	return err
}

// Any reads the next value as the Go type that the package comment gives.
func (d *Decoder) Any() (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t.Kind {
	case core.NilToken:
		return nil, nil
	case core.BoolToken:
		return t.Bool, nil
	case core.IntToken:
		return t.Int, nil
	case core.BigToken:
		return bigInt(t), nil
	case core.FloatToken:
		return t.Float, nil
	case core.TextToken:
		return string(t.Bytes), nil
	case core.BytesToken:
		return append([]byte{}, t.Bytes...), nil
	case core.SymbolToken:
		return Symbol(t.Bytes), nil
	case core.ListToken:
		return d.elements(t.Len)
	case core.TupleToken:
		list, err := d.elements(t.Len)
		return Tuple(list), err
	case core.MapToken:
		return d.anyMap(t.Len)
	case core.TimeToken:
		return time.UnixMicro(t.Int).UTC(), nil
	case core.RegexToken:
		return Regex{string(t.Bytes), t.Options}, nil
	case core.ChannelToken:
		return Channel(t.Int), nil
	}
	return nil, d.wrong("a value")
}

func bigInt(t *core.Token) *big.Int {
	if t.Kind == core.IntToken {
		return big.NewInt(t.Int)
	}
	n := new(big.Int).SetBytes(t.Bytes)
	if t.Neg {
		n.Neg(n)
	}
	return n
}

// elements reads the rest of a list.
func (d *Decoder) elements(n int) ([]any, error) {
	list := make([]any, 0, min(max(n, 0), room))
	for d.More() {
		v, err := d.Any()
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, d.End()
}

// anyMap reads the rest of a map. It begins as one with text keys, and changes
// its type when a key asks for it.
func (d *Decoder) anyMap(n int) (any, error) {
	texts := make(map[string]any, min(max(n, 0), room))
	for d.More() {
		key, err := d.Any()
		if err != nil {
			return nil, err
		}
		name, ok := key.(string)
		if !ok {
			mixed := make(map[any]any, len(texts))
			for k, v := range texts {
				mixed[k] = v
			}
			return d.mixedMap(mixed, key)
		}
		if texts[name], err = d.Any(); err != nil {
			return nil, err
		}
	}
	return texts, d.End()
}

// mixedMap reads on in a map, from the value of key.
func (d *Decoder) mixedMap(mixed map[any]any, key any) (any, error) {
	for {
		if !canBeKey(key) {
			return d.rest(mixed, key)
		}
		v, err := d.Any()
		if err != nil {
			return nil, err
		}
		mixed[key] = v
		if !d.More() {
			return mixed, d.End()
		}
		if key, err = d.Any(); err != nil {
			return nil, err
		}
	}
}

// rest reads on in a map with a key that Go allows in no map.
func (d *Decoder) rest(mixed map[any]any, key any) (any, error) {
	pairs := make(Pairs, 0, len(mixed)+1)
	for k, v := range mixed {
		pairs = append(pairs, Pair{k, v})
	}
	v, err := d.Any()
	if err != nil {
		return nil, err
	}
	more, err := d.pairs()
	return append(append(pairs, Pair{key, v}), more...), err
}

// pairs reads the rest of a map as it stands.
func (d *Decoder) pairs() (Pairs, error) {
	pairs := Pairs{}
	for d.More() {
		k, err := d.Any()
		if err != nil {
			return nil, err
		}
		v, err := d.Any()
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, Pair{k, v})
	}
	return pairs, d.End()
}

// canBeKey reports whether key, as Any returns it, can be a key of a Go map
// and finds itself there again.
func canBeKey(key any) bool {
	switch key := key.(type) {
	case []byte, []any, Tuple, map[string]any, map[any]any, Pairs, *big.Int:
		return false
	case float64:
		return !math.IsNaN(key)
	}
	return true
}
