package cbor

import (
	"encoding/binary"
	"math"
	"sync"

	"github.com/fondaco/fondaco/codec/internal/bound"
	"github.com/fondaco/fondaco/core"
)

// Writer is CBOR's core.TokenWriter. Heads are as short as they can be, floats
// always have 64 bits.
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
		f, err := w.shape.Close()
		if err == nil && f.Len < 0 {
			w.count(f)
		}
		return err
	}
	if _, err := w.shape.Item(); err != nil {
		return err
	}
	switch t.Kind {
	case core.NilToken:
		w.buf = append(w.buf, headNil)
	case core.BoolToken:
		if t.Bool {
			w.buf = append(w.buf, headTrue)
		} else {
			w.buf = append(w.buf, headFalse)
		}
	case core.IntToken:
		w.buf = AppendInt(w.buf, t.Int)
	case core.BigToken:
		w.big(t)
	case core.FloatToken:
		w.float(t.Float)
	case core.TextToken:
		w.str(majorText, t.Bytes)
	case core.BytesToken:
		w.str(majorBytes, t.Bytes)
	case core.SymbolToken:
		w.head(majorTag, TagSymbol)
		w.str(majorText, t.Bytes)
	case core.ListToken, core.TupleToken, core.MapToken:
		return w.open(t)
	case core.TimeToken:
		w.time(t.Int)
	case core.RegexToken:
		w.head(majorTag, TagRegex)
		w.head(majorArray, 2)
		w.str(majorText, t.Bytes)
		w.head(majorArray, uint64(bound.CountOptions(t.Options)))
		bound.OptionWords(t.Options, func(word string) {
			w.head(majorText, uint64(len(word)))
			w.buf = append(w.buf, word...)
		})
	case core.ChannelToken:
		if t.Int < 0 {
			return bound.Unencodable(name, "the channel id %d is negative", t.Int)
		}
		w.head(majorTag, TagChannel)
		w.head(majorUint, uint64(t.Int))
	default:
		return bound.Unencodable(name, "token kind %d is not known", t.Kind)
	}
	return nil
}

func (w *Writer) head(major byte, arg uint64) { w.buf = appendHead(w.buf, major, arg) }

func (w *Writer) str(major byte, b []byte) {
	w.buf = append(appendHead(w.buf, major, uint64(len(b))), b...)
}

func (w *Writer) float(f float64) {
	w.buf = binary.BigEndian.AppendUint64(append(w.buf, headFloat64), math.Float64bits(f))
}

func (w *Writer) open(t *core.Token) error {
	if t.Kind == core.TupleToken {
		w.head(majorTag, TagTuple)
	}
	at := len(w.buf)
	w.head(majorOf(t.Kind), uint64(max(t.Len, 0)))
	return w.shape.Open(t, at)
}

// count writes the size of a container that was not known when it began.
func (w *Writer) count(f bound.Frame) {
	n := f.Count
	if f.Kind == core.MapToken {
		n /= 2
	}
	var buf [9]byte
	head := appendHead(buf[:0], majorOf(f.Kind), uint64(n))
	size := len(w.buf)
	w.buf = append(w.buf, head[1:]...)
	copy(w.buf[f.At+len(head):], w.buf[f.At+1:size])
	copy(w.buf[f.At:], head)
}

func majorOf(kind core.TokenKind) byte {
	if kind == core.MapToken {
		return majorMap
	}
	return majorArray
}

func (w *Writer) time(micros int64) {
	w.head(majorTag, TagTime)
	if micros%1_000_000 == 0 {
		w.buf = AppendInt(w.buf, micros/1_000_000)
		return
	}
	w.float(float64(micros/1_000_000) + float64(micros%1_000_000)/1e6)
}

// big writes an integer beyond 64 bits, or as a plain one where that is
// enough.
func (w *Writer) big(t *core.Token) {
	mag := bound.Trim(t.Bytes)
	major, tag := byte(majorUint), uint64(TagBig)
	at := len(w.buf)
	w.buf = append(w.buf, mag...)
	n := w.buf[at:]
	if t.Neg && len(n) > 0 {
		major, tag = majorNeg, TagNegative
		for i := len(n) - 1; i >= 0; i-- {
			if n[i]--; n[i] != 0xff {
				break
			}
		}
	}
	n = bound.Trim(n)
	if len(n) <= 8 {
		var buf [8]byte
		copy(buf[8-len(n):], n)
		w.buf = appendHead(w.buf[:at], major, binary.BigEndian.Uint64(buf[:]))
		return
	}
	var buf [12]byte
	head := appendHead(appendHead(buf[:0], majorTag, tag), majorBytes, uint64(len(n)))
	size := len(n)
	w.buf = append(w.buf, head...)
	copy(w.buf[at+len(head):], w.buf[len(w.buf)-len(head)-size:len(w.buf)-len(head)])
	copy(w.buf[at:], head)
	w.buf = w.buf[:at+len(head)+size]
}
