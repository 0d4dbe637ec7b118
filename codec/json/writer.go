package json

import (
	"math"
	"math/big"
	"strconv"
	"sync"

	"github.com/fondaco/fondaco/codec/internal/bound"
	"github.com/fondaco/fondaco/core"
)

// writer is JSON's core.TokenWriter. It writes no white space. Symbols become
// strings and tuples arrays; keys that are neither text nor symbol become the
// JSON text of the key, as a string.
type writer struct {
	bound.Output
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
func (w *writer) Reset(dst []byte) {
	w.Start(name, dst)
	w.inKey = false
}

// Release gives w back to its codec; it must not be used afterwards.
func (w *writer) Release() {
	w.Forget()
	w.scratch = bound.Keep(w.scratch)
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
func (w *writer) before(in *bound.Frame, t *core.Token) {
	if in.Kind != core.MapToken {
		if in.Count > 1 {
			w.Buf = append(w.Buf, ',')
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
		w.Buf = append(w.Buf, `{"$map":[[`...)
	case in.Mode == pairsMode && key:
		w.Buf = append(w.Buf, ",["...)
	case in.Count == 1:
		w.Buf = append(w.Buf, '{')
	case key || in.Mode == pairsMode:
		w.Buf = append(w.Buf, ',')
	default:
		w.Buf = append(w.Buf, ':')
	}
	in.At = len(w.Buf)
}

// after completes a value: the end of a pair, or the quotes of a key that is
// not a string yet.
func (w *writer) after(in *bound.Frame, name bool) {
	if in.Kind != core.MapToken {
		return
	}
	switch {
	case in.Mode == pairsMode && in.Count&1 == 0:
		w.Buf = append(w.Buf, ']')
	case in.Mode == objectMode && in.Count&1 == 1 && !name:
		w.scratch = append(w.scratch[:0], w.Buf[in.At:]...)
		w.Buf = appendText(w.Buf[:in.At], w.scratch)
	}
}

// open begins a container. A container as the key of an object may not be
// inside another one: each doubles the escapes in it.
func (w *writer) open(in *bound.Frame, t *core.Token, bracket byte) error {
	if in != nil && in.Kind == core.MapToken && in.Mode == objectMode && in.Count&1 == 1 {
		if w.inKey {
			return bound.Unencodable(name, "a %s in a key inside a key has no form", t.Kind)
		}
		w.inKey = true
	}
	if bracket != 0 {
		w.Buf = append(w.Buf, bracket)
	}
	return w.Shape.Open(t, len(w.Buf))
}

func (w *writer) end() error {
	f, err := w.Shape.Close()
	if err != nil {
		return err
	}
	switch {
	case f.Kind != core.MapToken:
		w.Buf = append(w.Buf, ']')
	case f.Mode == undecided:
		w.Buf = append(w.Buf, "{}"...)
	case f.Mode == pairsMode:
		w.Buf = append(w.Buf, "]}"...)
	default:
		w.Buf = append(w.Buf, '}')
	}
	in := w.Shape.Top()
	if in == nil {
		return nil
	}
	if in.Kind == core.MapToken && in.Mode == objectMode && in.Count&1 == 1 {
		w.inKey = false
	}
	w.after(in, false)
	return nil
}

func (w *writer) scalar(t *core.Token) error {
	switch t.Kind {
	case core.NilToken:
		w.Buf = append(w.Buf, "null"...)
	case core.BoolToken:
		w.Buf = strconv.AppendBool(w.Buf, t.Bool)
	case core.IntToken:
		w.Buf = strconv.AppendInt(w.Buf, t.Int, 10)
	case core.BigToken:
		return w.big(t)
	case core.FloatToken:
		return w.float(t.Float)
	case core.TextToken, core.SymbolToken:
		w.Buf = appendText(w.Buf, t.Bytes)
	case core.BytesToken:
		w.Buf = append(w.Buf, `{"$bytes":"`...)
		w.Buf = base.AppendEncode(w.Buf, t.Bytes)
		w.Buf = append(w.Buf, `"}`...)
	case core.TimeToken:
		w.Buf = append(w.Buf, `{"$time":"`...)
		var ok bool
		if w.Buf, ok = bound.AppendMicros(w.Buf, t.Int); !ok {
			return bound.Unencodable(name, "a time outside the years 0 to 9999 has no form")
		}
		w.Buf = append(w.Buf, `"}`...)
	case core.RegexToken:
		w.regex(t)
	case core.ChannelToken:
		w.Buf = append(w.Buf, `{"$channel":`...)
		w.Buf = append(strconv.AppendInt(w.Buf, t.Int, 10), '}')
	default:
		return bound.Unencodable(name, "token kind %d is not known", t.Kind)
	}
	return nil
}

func (w *writer) big(t *core.Token) error {
	mag := bound.Trim(t.Bytes)
	if len(mag) > MaxBig {
		return bound.Unencodable(name, "an integer of %d bytes, more than %d", len(mag), MaxBig)
	}
	n := new(big.Int).SetBytes(mag)
	if t.Neg {
		n.Neg(n)
	}
	w.Buf = n.Append(w.Buf, 10)
	return nil
}

// float writes a float so that it cannot be taken for an integer.
func (w *writer) float(f float64) error {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return bound.Unencodable(name, "the float %v has no form", f)
	}
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		w.Buf = strconv.AppendFloat(w.Buf, f, 'e', -1, 64)
		return nil
	}
	at := len(w.Buf)
	w.Buf = strconv.AppendFloat(w.Buf, f, 'f', -1, 64)
	for _, c := range w.Buf[at:] {
		if c == '.' {
			return nil
		}
	}
	w.Buf = append(w.Buf, ".0"...)
	return nil
}

func (w *writer) regex(t *core.Token) {
	w.Buf = append(w.Buf, `{"$regex":[`...)
	w.Buf = append(appendText(w.Buf, t.Bytes), `,[`...)
	at := len(w.Buf)
	bound.OptionWords(t.Options, func(word string) {
		if len(w.Buf) > at {
			w.Buf = append(w.Buf, ',')
		}
		w.Buf = append(append(append(w.Buf, '"'), word...), '"')
	})
	w.Buf = append(w.Buf, "]]}"...)
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
