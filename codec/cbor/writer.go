package cbor

import (
	"encoding/binary"
	"math"
	"sync"

	"github.com/fondaco/fondaco/codec/internal/bound"
	"github.com/fondaco/fondaco/core"
)

// writer is CBOR's core.TokenWriter. Heads are as short as they can be, floats
// always have 64 bits.
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
		f, err := w.Shape.Close()
		if err == nil && f.Len < 0 {
			w.count(f)
		}
		return err
	}
	if _, err := w.Shape.Item(); err != nil {
		return err
	}
	switch t.Kind {
	case core.NilToken:
		w.Buf = append(w.Buf, headNil)
	case core.BoolToken:
		if t.Bool {
			w.Buf = append(w.Buf, headTrue)
		} else {
			w.Buf = append(w.Buf, headFalse)
		}
	case core.IntToken:
		w.Buf = AppendInt(w.Buf, t.Int)
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
			w.Buf = append(w.Buf, word...)
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

func (w *writer) head(major byte, arg uint64) { w.Buf = appendHead(w.Buf, major, arg) }

func (w *writer) str(major byte, b []byte) {
	w.Buf = append(appendHead(w.Buf, major, uint64(len(b))), b...)
}

func (w *writer) float(f float64) {
	w.Buf = binary.BigEndian.AppendUint64(append(w.Buf, headFloat64), math.Float64bits(f))
}

func (w *writer) open(t *core.Token) error {
	if t.Kind == core.TupleToken {
		w.head(majorTag, TagTuple)
	}
	at := len(w.Buf)
	w.head(majorOf(t.Kind), uint64(max(t.Len, 0)))
	return w.Shape.Open(t, at)
}

// count writes the size of a container that was not known when it began.
func (w *writer) count(f bound.Frame) {
	n := f.Count
	if f.Kind == core.MapToken {
		n /= 2
	}
	var buf [9]byte
	head := appendHead(buf[:0], majorOf(f.Kind), uint64(n))
	size := len(w.Buf)
	w.Buf = append(w.Buf, head[1:]...)
	copy(w.Buf[f.At+len(head):], w.Buf[f.At+1:size])
	copy(w.Buf[f.At:], head)
}

func majorOf(kind core.TokenKind) byte {
	if kind == core.MapToken {
		return majorMap
	}
	return majorArray
}

func (w *writer) time(micros int64) {
	w.head(majorTag, TagTime)
	if micros%1_000_000 == 0 {
		w.Buf = AppendInt(w.Buf, micros/1_000_000)
		return
	}
	w.float(float64(micros/1_000_000) + float64(micros%1_000_000)/1e6)
}

// big writes an integer beyond 64 bits, or as a plain one where that is
// enough.
func (w *writer) big(t *core.Token) {
	mag := bound.Trim(t.Bytes)
	major, tag := byte(majorUint), uint64(TagBig)
	at := len(w.Buf)
	w.Buf = append(w.Buf, mag...)
	n := w.Buf[at:]
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
		w.Buf = appendHead(w.Buf[:at], major, binary.BigEndian.Uint64(buf[:]))
		return
	}
	var buf [12]byte
	head := appendHead(appendHead(buf[:0], majorTag, tag), majorBytes, uint64(len(n)))
	size := len(n)
	w.Buf = append(w.Buf, head...)
	copy(w.Buf[at+len(head):], w.Buf[len(w.Buf)-len(head)-size:len(w.Buf)-len(head)])
	copy(w.Buf[at:], head)
	w.Buf = w.Buf[:at+len(head)+size]
}
