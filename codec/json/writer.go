package json

import (
	"math"
	"math/big"
	"strconv"
	"sync"

	"github.com/fondaco/fondaco/codec/internal/bound"
	"github.com/fondaco/fondaco/core"
)

// Writer is JSON's core.TokenWriter. It writes no white space. Symbols become
// strings and tuples arrays; keys that are neither text nor symbol become the
// JSON text of the key, as a string.
type Writer struct {
	buf     []byte
	err     error
	shape   bound.Shape
	inKey   bool   // inside a container that is a key
	scratch []byte // the text of a key
	pool    *sync.Pool
}

// The modes of a map.
const (
	undecided  uint8 = iota // no key was put yet
	objectMode              // {...}
	pairsMode               // {"$map": [[key, value], ...]}
)

// Reset is core.TokenWriter's.
func (w *Writer) Reset(dst []byte) {
	w.buf, w.err, w.inKey = dst, nil, false
	w.shape.Reset(name)
}

// Release gives w back to its codec; it must not be used afterwards.
func (w *Writer) Release() {
	w.buf, w.err = nil, nil
	if cap(w.scratch) > keepScratch {
		w.scratch = nil
	}
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
		w.before(in, t)
	}
	switch t.Kind {
	case core.ListToken, core.TupleToken:
		return w.open(in, t, '[')
	case core.MapToken:
		return w.open(in, t, 0)
	}
	if err := w.scalar(t); err != nil {
		return err
	}
	if in != nil {
		w.after(in, isName(t))
	}
	return nil
}

func isName(t *core.Token) bool { return t.Kind == core.TextToken || t.Kind == core.SymbolToken }

// before writes what separates a value from the one before it.
func (w *Writer) before(in *bound.Frame, t *core.Token) {
	if in.Kind != core.MapToken {
		if in.Count > 1 {
			w.buf = append(w.buf, ',')
		}
		return
	}
	key := in.Count&1 == 1
	if in.Count == 1 {
		in.Mode = objectMode
		if isName(t) && formOf(t.Bytes) != noForm {
			in.Mode = pairsMode
		}
	}
	switch {
	case in.Mode == pairsMode && in.Count == 1:
		w.buf = append(w.buf, `{"$map":[[`...)
	case in.Mode == pairsMode && key:
		w.buf = append(w.buf, ",["...)
	case in.Count == 1:
		w.buf = append(w.buf, '{')
	case key || in.Mode == pairsMode:
		w.buf = append(w.buf, ',')
	default:
		w.buf = append(w.buf, ':')
	}
	in.At = len(w.buf)
}

// after completes a value: the end of a pair, or the quotes of a key that is
// not a string yet.
func (w *Writer) after(in *bound.Frame, name bool) {
	if in.Kind != core.MapToken {
		return
	}
	switch {
	case in.Mode == pairsMode && in.Count&1 == 0:
		w.buf = append(w.buf, ']')
	case in.Mode == objectMode && in.Count&1 == 1 && !name:
		w.scratch = append(w.scratch[:0], w.buf[in.At:]...)
		w.buf = appendText(w.buf[:in.At], w.scratch)
	}
}

// open begins a container. A container as the key of an object may not be
// inside another one: each doubles the escapes in it.
func (w *Writer) open(in *bound.Frame, t *core.Token, bracket byte) error {
	if in != nil && in.Kind == core.MapToken && in.Mode == objectMode && in.Count&1 == 1 {
		if w.inKey {
			return bound.Unencodable(name, "a %s in a key inside a key has no form", t.Kind)
		}
		w.inKey = true
	}
	if bracket != 0 {
		w.buf = append(w.buf, bracket)
	}
	return w.shape.Open(t, len(w.buf))
}

func (w *Writer) end() error {
	f, err := w.shape.Close()
	if err != nil {
		return err
	}
	switch {
	case f.Kind != core.MapToken:
		w.buf = append(w.buf, ']')
	case f.Mode == undecided:
		w.buf = append(w.buf, "{}"...)
	case f.Mode == pairsMode:
		w.buf = append(w.buf, "]}"...)
	default:
		w.buf = append(w.buf, '}')
	}
	in := w.shape.Top()
	if in == nil {
		return nil
	}
	if in.Kind == core.MapToken && in.Mode == objectMode && in.Count&1 == 1 {
		w.inKey = false
	}
	w.after(in, false)
	return nil
}

func (w *Writer) scalar(t *core.Token) error {
	switch t.Kind {
	case core.NilToken:
		w.buf = append(w.buf, "null"...)
	case core.BoolToken:
		w.buf = strconv.AppendBool(w.buf, t.Bool)
	case core.IntToken:
		w.buf = strconv.AppendInt(w.buf, t.Int, 10)
	case core.BigToken:
		return w.big(t)
	case core.FloatToken:
		return w.float(t.Float)
	case core.TextToken, core.SymbolToken:
		w.buf = appendText(w.buf, t.Bytes)
	case core.BytesToken:
		w.buf = append(w.buf, `{"$bytes":"`...)
		w.buf = base.AppendEncode(w.buf, t.Bytes)
		w.buf = append(w.buf, `"}`...)
	case core.TimeToken:
		w.buf = append(w.buf, `{"$time":"`...)
		var ok bool
		if w.buf, ok = bound.AppendMicros(w.buf, t.Int); !ok {
			return bound.Unencodable(name, "a time outside the years 0 to 9999 has no form")
		}
		w.buf = append(w.buf, `"}`...)
	case core.RegexToken:
		w.regex(t)
	case core.ChannelToken:
		w.buf = append(w.buf, `{"$channel":`...)
		w.buf = append(strconv.AppendInt(w.buf, t.Int, 10), '}')
	default:
		return bound.Unencodable(name, "token kind %d is not known", t.Kind)
	}
	return nil
}

func (w *Writer) big(t *core.Token) error {
	mag := bound.Trim(t.Bytes)
	if len(mag) > MaxBig {
		return bound.Unencodable(name, "an integer of %d bytes, more than %d", len(mag), MaxBig)
	}
	n := new(big.Int).SetBytes(mag)
	if t.Neg {
		n.Neg(n)
	}
	w.buf = n.Append(w.buf, 10)
	return nil
}

// float writes a float so that it cannot be taken for an integer.
func (w *Writer) float(f float64) error {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return bound.Unencodable(name, "the float %v has no form", f)
	}
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		w.buf = strconv.AppendFloat(w.buf, f, 'e', -1, 64)
		return nil
	}
	at := len(w.buf)
	w.buf = strconv.AppendFloat(w.buf, f, 'f', -1, 64)
	for _, c := range w.buf[at:] {
		if c == '.' {
			return nil
		}
	}
	w.buf = append(w.buf, ".0"...)
	return nil
}

func (w *Writer) regex(t *core.Token) {
	w.buf = append(w.buf, `{"$regex":[`...)
	w.buf = append(appendText(w.buf, t.Bytes), `,[`...)
	at := len(w.buf)
	bound.OptionWords(t.Options, func(word string) {
		if len(w.buf) > at {
			w.buf = append(w.buf, ',')
		}
		w.buf = append(append(append(w.buf, '"'), word...), '"')
	})
	w.buf = append(w.buf, "]]}"...)
}

const hexDigits = "0123456789abcdef"

// appendText appends b, which is valid UTF-8, as a string.
func appendText(dst, b []byte) []byte {
	dst = append(dst, '"')
	plain := 0
	for i, c := range b {
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, b[plain:i]...)
		plain = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			dst = append(dst, `\t`...)
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return append(append(dst, b[plain:]...), '"')
}
