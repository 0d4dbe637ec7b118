package bert

import (
	"encoding/binary"
	"math"
	"slices"
	"strconv"
	"sync"

	"github.com/fondaco/fondaco/codec/internal/bound"
	"github.com/fondaco/fondaco/core"
)

// Writer is BERT's core.TokenWriter. It writes the tags 97 to 100 and 104 to
// 111 only. Symbols are written as UTF-8.
type Writer struct {
	buf   []byte
	err   error
	shape bound.Shape
	pool  *sync.Pool
}

// Reset is core.TokenWriter's.
func (w *Writer) Reset(dst []byte) {
	w.buf, w.err = dst, nil
	w.shape.Reset(name)
}

// Release gives w back to its codec; it must not be used afterwards.
func (w *Writer) Release() {
	w.buf, w.err = nil, nil
	w.pool.Put(w)
}

// Bytes is core.TokenWriter's.
func (w *Writer) Bytes() ([]byte, error) {
	if w.err == nil {
		w.err = w.shape.Whole()
	}
	return w.buf, w.err
}

// Put is core.TokenWriter's.
func (w *Writer) Put(t *core.Token) error {
	if w.err == nil {
		w.err = w.put(t)
	}
	return w.err
}

func (w *Writer) put(t *core.Token) error {
	if t.Kind == core.EndToken {
		return w.end()
	}
	in, err := w.shape.Item()
	if err != nil {
		return err
	}
	if in != nil {
		switch in.Kind {
		case core.MapToken:
			if in.Count&1 == 1 {
				w.buf = append(w.buf, tagSmallTuple, 2)
			}
		case core.TupleToken:
			if in.Count == 1 && t.Kind == core.SymbolToken && string(t.Bytes) == "bert" {
				return bound.Unencodable(name, "a tuple that begins with the symbol bert, which BERT keeps for itself")
			}
		}
	}
	return w.value(t)
}

func (w *Writer) value(t *core.Token) error {
	switch t.Kind {
	case core.NilToken:
		w.special(2, "nil")
	case core.BoolToken:
		w.special(2, strconv.FormatBool(t.Bool))
	case core.IntToken:
		w.int(t.Int)
	case core.BigToken:
		return w.big(t)
	case core.FloatToken:
		return w.float(t.Float)
	case core.TextToken, core.BytesToken:
		return w.binary(t.Bytes)
	case core.SymbolToken:
		return w.symbol(t.Bytes)
	case core.ListToken, core.TupleToken, core.MapToken:
		return w.open(t)
	case core.TimeToken:
		sec, micro := bound.Seconds(t.Int)
		mega, sec := floor(sec)
		w.special(5, "time")
		w.int(mega)
		w.int(sec)
		w.int(micro)
	case core.RegexToken:
		return w.regex(t)
	case core.ChannelToken:
		w.buf = append(w.buf, tagSmallTuple, 2)
		w.atom(channelAtom)
		w.int(t.Int)
	default:
		return bound.Unencodable(name, "token kind %d is not known", t.Kind)
	}
	return nil
}

// floor splits seconds into millions and the rest, which is never negative.
func floor(sec int64) (mega, rest int64) {
	mega, rest = sec/1_000_000, sec%1_000_000
	if rest < 0 {
		mega, rest = mega-1, rest+1_000_000
	}
	return mega, rest
}

// special begins a {bert, word, ...} tuple.
func (w *Writer) special(arity byte, word string) {
	w.buf = append(w.buf, tagSmallTuple, arity)
	w.atom("bert")
	w.atom(word)
}

func (w *Writer) atom(word string) {
	w.buf = append(w.buf, tagAtom, 0, byte(len(word)))
	w.buf = append(w.buf, word...)
}

func (w *Writer) head32(tag byte, n int) {
	w.buf = binary.BigEndian.AppendUint32(append(w.buf, tag), uint32(n))
}

func (w *Writer) int(v int64) {
	switch {
	case v >= 0 && v <= 255:
		w.buf = append(w.buf, tagSmallInt, byte(v))
	case v >= math.MinInt32 && v <= math.MaxInt32:
		w.buf = binary.BigEndian.AppendUint32(append(w.buf, tagInt), uint32(v))
	default:
		u, neg := uint64(v), byte(0)
		if v < 0 {
			u, neg = -u, 1
		}
		at := len(w.buf)
		w.buf = append(w.buf, tagSmallBig, 0, neg)
		for ; u > 0; u >>= 8 {
			w.buf = append(w.buf, byte(u))
			w.buf[at+1]++
		}
	}
}

func (w *Writer) big(t *core.Token) error {
	mag := bound.Trim(t.Bytes)
	if v, ok := bound.Int(t.Neg, mag); ok {
		w.int(v)
		return nil
	}
	if uint64(len(mag)) > math.MaxUint32 {
		return bound.Unencodable(name, "an integer of %d bytes", len(mag))
	}
	if len(mag) <= 255 {
		w.buf = append(w.buf, tagSmallBig, byte(len(mag)))
	} else {
		w.head32(tagLargeBig, len(mag))
	}
	neg := byte(0)
	if t.Neg {
		neg = 1
	}
	w.buf = append(w.buf, neg)
	at := len(w.buf)
	w.buf = append(w.buf, mag...)
	slices.Reverse(w.buf[at:])
	return nil
}

func (w *Writer) float(f float64) error {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return bound.Unencodable(name, "the float %v has no form", f)
	}
	w.buf = append(w.buf, tagFloat)
	at := len(w.buf)
	w.buf = strconv.AppendFloat(w.buf, f, 'e', 20, 64)
	for len(w.buf) < at+floatSize {
		w.buf = append(w.buf, 0)
	}
	return nil
}

func (w *Writer) binary(b []byte) error {
	if uint64(len(b)) > math.MaxUint32 {
		return bound.Unencodable(name, "a binary of %d bytes", len(b))
	}
	w.head32(tagBinary, len(b))
	w.buf = append(w.buf, b...)
	return nil
}

func (w *Writer) symbol(b []byte) error {
	if len(b) > math.MaxUint16 {
		return bound.Unencodable(name, "a symbol of %d bytes", len(b))
	}
	w.buf = append(binary.BigEndian.AppendUint16(append(w.buf, tagAtom), uint16(len(b))), b...)
	return nil
}

func (w *Writer) regex(t *core.Token) error {
	w.special(4, "regex")
	if err := w.binary(t.Bytes); err != nil {
		return err
	}
	if n := bound.CountOptions(t.Options); n > 0 {
		w.head32(tagList, n)
		bound.OptionWords(t.Options, w.atom)
	}
	w.buf = append(w.buf, tagNil)
	return nil
}

// open writes the head of a container. Where the count is not known it is
// written by end.
func (w *Writer) open(t *core.Token) error {
	n := t.Len
	switch {
	case uint64(max(n, 0)) > math.MaxUint32:
		return bound.Unencodable(name, "a %s of %d elements", t.Kind, n)
	case t.Kind == core.TupleToken && n >= 0 && n <= 255:
		w.buf = append(w.buf, tagSmallTuple, byte(n))
	case t.Kind == core.TupleToken:
		w.head32(tagLargeTuple, n)
	default:
		if t.Kind == core.MapToken {
			w.special(3, "dict")
		}
		if n != 0 {
			w.head32(tagList, n)
		}
	}
	return w.shape.Open(t, len(w.buf)-4)
}

// end closes the innermost container: it fills in the count, and writes the
// end of a list.
func (w *Writer) end() error {
	f, err := w.shape.Close()
	if err != nil {
		return err
	}
	n := f.Count
	if f.Kind == core.MapToken {
		n /= 2
	}
	if f.Len < 0 {
		if n == 0 && f.Kind != core.TupleToken {
			w.buf = w.buf[:f.At-1]
		} else {
			binary.BigEndian.PutUint32(w.buf[f.At:], uint32(n))
		}
	}
	if f.Kind != core.TupleToken {
		w.buf = append(w.buf, tagNil)
	}
	return nil
}
