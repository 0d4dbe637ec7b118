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

// writer is BERT's core.TokenWriter. It writes the tags 97 to 100 and 104 to
// 111 only. Symbols are written as UTF-8.
type writer struct {
	bound.Output
	pool *sync.Pool
}

// Reset is core.TokenWriter's.
func (w *writer) Reset(dst []byte) {
	w.Start(name, dst)
}

// Release gives w back to its codec; it must not be used afterwards.
func (w *writer) Release() {
	w.Forget()
	w.pool.Put(w)
}

// Put is core.TokenWriter's.
func (w *writer) Put(t *core.Token) error {
	if w.Err == nil {
		w.Err = w.put(t)
	}
	return w.Err
}

func (w *writer) put(t *core.Token) error {
	if t.Kind == core.EndToken {
		return w.end()
	}
	in, err := w.Shape.Item()
	if err != nil {
		return err
	}
	if in != nil {
		switch in.Kind {
		case core.MapToken:
			if in.Count&1 == 1 {
				w.Buf = append(w.Buf, tagSmallTuple, 2)
			}
		case core.TupleToken:
			if in.Count == 1 && t.Kind == core.SymbolToken && string(t.Bytes) == "bert" {
				return bound.Unencodable(name, "a tuple that begins with the symbol bert, which BERT keeps for itself")
			}
		}
	}
	return w.value(t)
}

func (w *writer) value(t *core.Token) error {
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
		w.Buf = append(w.Buf, tagSmallTuple, 2)
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
func (w *writer) special(arity byte, word string) {
	w.Buf = append(w.Buf, tagSmallTuple, arity)
	w.atom("bert")
	w.atom(word)
}

func (w *writer) atom(word string) {
	w.Buf = append(w.Buf, tagAtom, 0, byte(len(word)))
	w.Buf = append(w.Buf, word...)
}

func (w *writer) head32(tag byte, n int) {
	w.Buf = binary.BigEndian.AppendUint32(append(w.Buf, tag), uint32(n))
}

func (w *writer) int(v int64) {
	switch {
	case v >= 0 && v <= 255:
		w.Buf = append(w.Buf, tagSmallInt, byte(v))
	case v >= math.MinInt32 && v <= math.MaxInt32:
		w.Buf = binary.BigEndian.AppendUint32(append(w.Buf, tagInt), uint32(v))
	default:
		u, neg := uint64(v), byte(0)
		if v < 0 {
			u, neg = -u, 1
		}
		at := len(w.Buf)
		w.Buf = append(w.Buf, tagSmallBig, 0, neg)
		for ; u > 0; u >>= 8 {
			w.Buf = append(w.Buf, byte(u))
			w.Buf[at+1]++
		}
	}
}

func (w *writer) big(t *core.Token) error {
	mag := bound.Trim(t.Bytes)
	if v, ok := bound.Int(t.Neg, mag); ok {
		w.int(v)
		return nil
	}
	if uint64(len(mag)) > math.MaxUint32 {
		return bound.Unencodable(name, "an integer of %d bytes", len(mag))
	}
	if len(mag) <= 255 {
		w.Buf = append(w.Buf, tagSmallBig, byte(len(mag)))
	} else {
		w.head32(tagLargeBig, len(mag))
	}
	neg := byte(0)
	if t.Neg {
		neg = 1
	}
	w.Buf = append(w.Buf, neg)
	at := len(w.Buf)
	w.Buf = append(w.Buf, mag...)
	slices.Reverse(w.Buf[at:])
	return nil
}

func (w *writer) float(f float64) error {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return bound.Unencodable(name, "the float %v has no form", f)
	}
	w.Buf = append(w.Buf, tagFloat)
	at := len(w.Buf)
	w.Buf = strconv.AppendFloat(w.Buf, f, 'e', 20, 64)
	for len(w.Buf) < at+floatSize {
		w.Buf = append(w.Buf, 0)
	}
	return nil
}

func (w *writer) binary(b []byte) error {
	if uint64(len(b)) > math.MaxUint32 {
		return bound.Unencodable(name, "a binary of %d bytes", len(b))
	}
	w.head32(tagBinary, len(b))
	w.Buf = append(w.Buf, b...)
	return nil
}

func (w *writer) symbol(b []byte) error {
	if len(b) > math.MaxUint16 {
		return bound.Unencodable(name, "a symbol of %d bytes", len(b))
	}
	w.Buf = append(binary.BigEndian.AppendUint16(append(w.Buf, tagAtom), uint16(len(b))), b...)
	return nil
}

func (w *writer) regex(t *core.Token) error {
	w.special(4, "regex")
	if err := w.binary(t.Bytes); err != nil {
		return err
	}
	if n := bound.CountOptions(t.Options); n > 0 {
		w.head32(tagList, n)
		bound.OptionWords(t.Options, w.atom)
	}
	w.Buf = append(w.Buf, tagNil)
	return nil
}

// open writes the head of a container. Where the count is not known it is
// written by end.
func (w *writer) open(t *core.Token) error {
	n := t.Len
	switch {
	case uint64(max(n, 0)) > math.MaxUint32:
		return bound.Unencodable(name, "a %s of %d elements", t.Kind, n)
	case t.Kind == core.TupleToken && n >= 0 && n <= 255:
		w.Buf = append(w.Buf, tagSmallTuple, byte(n))
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
	return w.Shape.Open(t, len(w.Buf)-4)
}

// end closes the innermost container: it fills in the count, and writes the
// end of a list.
func (w *writer) end() error {
	f, err := w.Shape.Close()
	if err != nil {
		return err
	}
	n := f.Count
	if f.Kind == core.MapToken {
		n /= 2
	}
	if f.Len < 0 {
		if n == 0 && f.Kind != core.TupleToken {
			w.Buf = w.Buf[:f.At-1]
		} else {
			binary.BigEndian.PutUint32(w.Buf[f.At:], uint32(n))
		}
	}
	if f.Kind != core.TupleToken {
		w.Buf = append(w.Buf, tagNil)
	}
	return nil
}
