package workertest

import (
	"errors"
	"fmt"
	"io"
	"math/big"

	"github.com/fondaco/fondaco/codec/cbor"
	"github.com/fondaco/fondaco/core"
)

// limits let big test values pass.
var limits = core.Limits{Bytes: 64 << 20, Elements: 16 << 20}

// encode returns v in CBOR. It panics on a value that has no form: the kit's
// own values all have one.
func encode(v any) []byte {
	w := cbor.Codec.NewWriter()
	w.Reset(nil)
	if err := put(w, v); err != nil {
		panic("workertest: " + err.Error())
	}
	data, err := w.Bytes()
	if err != nil {
		panic("workertest: " + err.Error())
	}
	return data
}

// put writes v as tokens.
func put(w core.TokenWriter, v any) error {
	var t core.Token
	switch v := v.(type) {
	case nil:
		t.Kind = core.NilToken
	case bool:
		t.Kind, t.Bool = core.BoolToken, v
	case int:
		t.Kind, t.Int = core.IntToken, int64(v)
	case int64:
		t.Kind, t.Int = core.IntToken, v
	case uint32:
		t.Kind, t.Int = core.IntToken, int64(v)
	case uint64:
		return put(w, new(big.Int).SetUint64(v))
	case *big.Int:
		t.Kind, t.Neg, t.Bytes = core.BigToken, v.Sign() < 0, v.Bytes()
	case float64:
		t.Kind, t.Float = core.FloatToken, v
	case string:
		t.Kind, t.Bytes = core.TextToken, []byte(v)
	case []byte:
		t.Kind, t.Bytes = core.BytesToken, v
	case Symbol:
		t.Kind, t.Bytes = core.SymbolToken, []byte(v)
	case Time:
		t.Kind, t.Int = core.TimeToken, int64(v)
	case Regex:
		t.Kind, t.Bytes, t.Options = core.RegexToken, []byte(v.Source), core.RegexOptions(v.Options)
	case Channel:
		t.Kind, t.Int = core.ChannelToken, int64(v)
	case []any:
		return putAll(w, core.ListToken, len(v), v)
	case Tuple:
		return putAll(w, core.TupleToken, len(v), v)
	case Map:
		flat := make([]any, 0, 2*len(v))
		for _, p := range v {
			flat = append(flat, p.Key, p.Value)
		}
		return putAll(w, core.MapToken, len(v), flat)
	default:
		return fmt.Errorf("no token for a %T", v)
	}
	return w.Put(&t)
}

// putAll writes a container.
func putAll(w core.TokenWriter, kind core.TokenKind, n int, values []any) error {
	if err := w.Put(&core.Token{Kind: kind, Len: n}); err != nil {
		return err
	}
	for _, v := range values {
		if err := put(w, v); err != nil {
			return err
		}
	}
	return w.Put(&core.Token{Kind: core.EndToken})
}

// errEnd says that a container is over.
var errEnd = errors.New("the end of a container")

// decode returns the one value in data.
func decode(data []byte) (any, error) { return decodeFrom(cbor.Codec, data) }

// decodeFrom returns the one value in data, in any codec.
func decodeFrom(codec core.Codec, data []byte) (any, error) {
	r := codec.NewReader()
	r.Reset(data, core.ReadOptions{Limits: limits})
	v, err := get(r)
	if err != nil {
		return nil, err
	}
	var t core.Token
	if err := r.Next(&t); err != io.EOF {
		return nil, fmt.Errorf("something follows the value: %w", err)
	}
	return v, nil
}

// get reads one value.
func get(r core.TokenReader) (any, error) {
	var t core.Token
	if err := r.Next(&t); err != nil {
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
		n := new(big.Int).SetBytes(t.Bytes)
		if t.Neg {
			n.Neg(n)
		}
		return n, nil
	case core.FloatToken:
		return t.Float, nil
	case core.TextToken:
		return string(t.Bytes), nil
	case core.BytesToken:
		return append([]byte{}, t.Bytes...), nil
	case core.SymbolToken:
		return Symbol(t.Bytes), nil
	case core.TimeToken:
		return Time(t.Int), nil
	case core.RegexToken:
		return Regex{Source: string(t.Bytes), Options: uint8(t.Options)}, nil
	case core.ChannelToken:
		return Channel(t.Int), nil
	case core.ListToken, core.TupleToken, core.MapToken:
		return getAll(r, t.Kind)
	}
	return nil, errEnd
}

// getAll reads the rest of a container.
func getAll(r core.TokenReader, kind core.TokenKind) (any, error) {
	values := []any{}
	for {
		v, err := get(r)
		if err == errEnd {
			break
		}
		if err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	switch kind {
	case core.TupleToken:
		return Tuple(values), nil
	case core.MapToken:
		m := make(Map, 0, len(values)/2)
		for i := 0; i+1 < len(values); i += 2 {
			m = append(m, Pair{values[i], values[i+1]})
		}
		return m, nil
	}
	return values, nil
}
