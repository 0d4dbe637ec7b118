package workertest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
)

// encode returns v in CBOR.
func encode(v any) []byte { return appendValue(nil, v) }

func appendHead(b []byte, major byte, n uint64) []byte {
	switch {
	case n < 24:
		return append(b, major<<5|byte(n))
	case n < 1<<8:
		return append(b, major<<5|24, byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(b, major<<5|25), uint16(n))
	case n < 1<<32:
		return binary.BigEndian.AppendUint32(append(b, major<<5|26), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(b, major<<5|27), n)
}

func appendInt(b []byte, n int64) []byte {
	if n < 0 {
		return appendHead(b, 1, uint64(^n))
	}
	return appendHead(b, 0, uint64(n))
}

func appendList(b []byte, vs []any) []byte {
	b = appendHead(b, 4, uint64(len(vs)))
	for _, v := range vs {
		b = appendValue(b, v)
	}
	return b
}

func appendValue(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, 0xf6)
	case bool:
		if v {
			return append(b, 0xf5)
		}
		return append(b, 0xf4)
	case int:
		return appendInt(b, int64(v))
	case int64:
		return appendInt(b, v)
	case uint32:
		return appendHead(b, 0, uint64(v))
	case uint64:
		return appendHead(b, 0, v)
	case *big.Int:
		if v.Sign() < 0 {
			m := new(big.Int).Not(v)
			return appendValue(append(b, 0xc3), m.Bytes())
		}
		return appendValue(append(b, 0xc2), v.Bytes())
	case float64:
		return binary.BigEndian.AppendUint64(append(b, 0xfb), math.Float64bits(v))
	case string:
		return append(appendHead(b, 3, uint64(len(v))), v...)
	case []byte:
		return append(appendHead(b, 2, uint64(len(v))), v...)
	case []any:
		return appendList(b, v)
	case Tuple:
		return appendList(appendHead(b, 6, 64001), v)
	case Symbol:
		return appendValue(appendHead(b, 6, 39), string(v))
	case Map:
		b = appendHead(b, 5, uint64(len(v)))
		for _, p := range v {
			b = appendValue(appendValue(b, p.Key), p.Value)
		}
		return b
	case Time:
		if v%1e6 == 0 {
			return appendInt(append(b, 0xc1), int64(v/1e6))
		}
		return appendValue(append(b, 0xc1), float64(v)/1e6)
	}
	panic(fmt.Sprintf("workertest: no CBOR for %T", v))
}

var errShort = errors.New("short CBOR")

// decode returns the one value in data.
func decode(data []byte) (any, error) {
	v, rest, err := decodeValue(data)
	if err == nil && len(rest) > 0 {
		err = errors.New("bytes after the value")
	}
	return v, err
}

func decodeHead(b []byte) (major, info byte, n uint64, rest []byte, err error) {
	if len(b) == 0 {
		return 0, 0, 0, nil, errShort
	}
	major, info = b[0]>>5, b[0]&31
	b = b[1:]
	if info < 24 {
		return major, info, uint64(info), b, nil
	}
	if info > 27 {
		return 0, 0, 0, nil, fmt.Errorf("additional information %d", info)
	}
	size := 1 << (info - 24)
	if len(b) < size {
		return 0, 0, 0, nil, errShort
	}
	for _, c := range b[:size] {
		n = n<<8 | uint64(c)
	}
	return major, info, n, b[size:], nil
}

func decodeValue(b []byte) (any, []byte, error) {
	major, info, n, b, err := decodeHead(b)
	if err != nil {
		return nil, nil, err
	}
	switch major {
	case 0:
		if n > math.MaxInt64 {
			return new(big.Int).SetUint64(n), b, nil
		}
		return int64(n), b, nil
	case 1:
		if n > math.MaxInt64 {
			return new(big.Int).Not(new(big.Int).SetUint64(n)), b, nil
		}
		return ^int64(n), b, nil
	case 2, 3:
		if n > uint64(len(b)) {
			return nil, nil, errShort
		}
		if major == 3 {
			return string(b[:n]), b[n:], nil
		}
		return append([]byte{}, b[:n]...), b[n:], nil
	case 4:
		return decodeList(b, n)
	case 5:
		if n > uint64(len(b)) {
			return nil, nil, errShort
		}
		l, rest, err := decodeList(b, 2*n)
		if err != nil {
			return nil, nil, err
		}
		m := Map{}
		for i, vs := 0, l.([]any); i < len(vs); i += 2 {
			m = append(m, Pair{vs[i], vs[i+1]})
		}
		return m, rest, nil
	case 6:
		v, rest, err := decodeValue(b)
		if err != nil {
			return nil, nil, err
		}
		v, err = tagged(n, v)
		return v, rest, err
	}
	return simple(info, n, b)
}

func decodeList(b []byte, n uint64) (any, []byte, error) {
	if n > uint64(len(b)) {
		return nil, nil, errShort
	}
	out := make([]any, n)
	var err error
	for i := range out {
		if out[i], b, err = decodeValue(b); err != nil {
			return nil, nil, err
		}
	}
	return out, b, nil
}

func tagged(tag uint64, v any) (any, error) {
	switch v := v.(type) {
	case []byte:
		n := new(big.Int).SetBytes(v)
		if tag == 2 {
			return n, nil
		}
		if tag == 3 {
			return n.Not(n), nil
		}
	case string:
		if tag == 39 {
			return Symbol(v), nil
		}
	case []any:
		if tag == 64001 {
			return Tuple(v), nil
		}
	case int64:
		if tag == 1 {
			return Time(v * 1e6), nil
		}
	case float64:
		if tag == 1 {
			return Time(math.Round(v * 1e6)), nil
		}
	}
	return nil, fmt.Errorf("tag %d on %s", tag, Show(v))
}

func simple(info byte, n uint64, b []byte) (any, []byte, error) {
	switch info {
	case 20, 21:
		return info == 21, b, nil
	case 22:
		return nil, b, nil
	case 25:
		return half(uint16(n)), b, nil
	case 26:
		return float64(math.Float32frombits(uint32(n))), b, nil
	case 27:
		return math.Float64frombits(n), b, nil
	}
	return nil, nil, fmt.Errorf("simple value %d", n)
}

func half(h uint16) float64 {
	exp, mant := int(h>>10&31), float64(h&1023)
	var v float64
	switch exp {
	case 0:
		v = math.Ldexp(mant, -24)
	case 31:
		v = math.Inf(1)
		if mant != 0 {
			v = math.NaN()
		}
	default:
		v = math.Ldexp(mant+1024, exp-25)
	}
	if h&0x8000 != 0 {
		return -v
	}
	return v
}
