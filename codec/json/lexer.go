package json

import (
	"math/big"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/fondaco/fondaco/codec/internal/bound"
	"github.com/fondaco/fondaco/core"
)

// fail returns the error for what stands at pos.
func (r *reader) fail(want string) error {
	if r.Pos >= len(r.Data) {
		return bound.Short(name, r.Pos)
	}
	return bound.Malformed(name, r.Pos, "%q stands where %s should", r.Data[r.Pos], want)
}

// space passes over white space and returns the byte behind it, or 0 at the
// end of the data.
func (r *reader) space() byte {
	for r.Pos < len(r.Data) {
		c := r.Data[r.Pos]
		if c > ' ' || c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return c
		}
		r.Pos++
	}
	return 0
}

// expect passes over white space and the byte c.
func (r *reader) expect(c byte, want string) error {
	if r.space() != c || r.Pos >= len(r.Data) {
		return r.fail(want)
	}
	r.Pos++
	return nil
}

// text reads the string at pos. The result is part of the data, or of the
// scratch buffer when there are escapes.
func (r *reader) text() ([]byte, error) {
	if r.space() != '"' {
		return nil, r.fail("a string")
	}
	start := r.Pos + 1
	for i := start; i < len(r.Data); i++ {
		switch c := r.Data[i]; {
		case c == '"':
			r.Pos = i + 1
			return r.valid(r.Data[start:i], start)
		case c == '\\':
			return r.escaped(start, i)
		case c < ' ':
			r.Pos = i
			return nil, r.fail("a character or an escape")
		}
	}
	return nil, bound.Short(name, len(r.Data))
}

func (r *reader) valid(b []byte, start int) ([]byte, error) {
	if !utf8.Valid(b) {
		return nil, bound.Malformed(name, start, "a string that is not valid UTF-8")
	}
	return b, nil
}

// escaped reads on in a string that began at start and has its first escape
// at i.
func (r *reader) escaped(start, i int) ([]byte, error) {
	from := len(r.Scratch)
	for plain := start; ; {
		if i >= len(r.Data) {
			return nil, bound.Short(name, i)
		}
		c := r.Data[i]
		if c == '"' || c == '\\' {
			r.Scratch = append(r.Scratch, r.Data[plain:i]...)
		}
		r.Pos = i
		switch {
		case c == '"':
			r.Pos = i + 1
			return r.valid(r.Scratch[from:], start)
		case c == '\\':
			if err := r.escape(); err != nil {
				return nil, err
			}
			i, plain = r.Pos, r.Pos
		case c < ' ':
			return nil, r.fail("a character or an escape")
		default:
			i++
		}
	}
}

// escape appends what the escape at pos stands for.
func (r *reader) escape() error {
	if len(r.Data)-r.Pos < 2 {
		return bound.Short(name, len(r.Data))
	}
	c := r.Data[r.Pos+1]
	switch c {
	case '"', '\\', '/':
	case 'b':
		c = '\b'
	case 'f':
		c = '\f'
	case 'n':
		c = '\n'
	case 'r':
		c = '\r'
	case 't':
		c = '\t'
	case 'u':
		return r.unicode()
	default:
		return bound.Malformed(name, r.Pos, "the escape \\%c is not known", c)
	}
	r.Scratch = append(r.Scratch, c)
	r.Pos += 2
	return nil
}

// unicode appends the character of the \u escape at pos, or of the two that
// are a surrogate pair.
func (r *reader) unicode() error {
	c, ok := r.hex(r.Pos)
	size := 6
	if ok && utf16.IsSurrogate(c) {
		low, _ := r.hex(r.Pos + size)
		c = utf16.DecodeRune(c, low)
		size, ok = 12, c != utf8.RuneError
	}
	if !ok {
		return bound.Malformed(name, r.Pos, "a \\u escape that is no character")
	}
	r.Scratch = utf8.AppendRune(r.Scratch, c)
	r.Pos += size
	return nil
}

// hex returns the number in the \u escape at pos.
func (r *reader) hex(pos int) (v rune, ok bool) {
	if len(r.Data)-pos < 6 || r.Data[pos] != '\\' || r.Data[pos+1] != 'u' {
		return 0, false
	}
	for _, c := range r.Data[pos+2 : pos+6] {
		switch {
		case c-'0' <= 9:
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		v = v<<4 | rune(c)
	}
	return v, true
}

// number reads the number at pos: an integer when it has neither fraction nor
// exponent.
func (r *reader) number(t *core.Token) error {
	start := r.Pos
	i := start
	if r.Data[i] == '-' {
		i++
	}
	first := i
	i = r.digits(i)
	if i == first || r.Data[first] == '0' && i > first+1 {
		r.Pos = first
		return bound.Malformed(name, first, "a number that is not of JSON's form")
	}
	whole := i
	if i < len(r.Data) && r.Data[i] == '.' {
		from := i + 1
		if i = r.digits(from); i == from {
			return bound.Malformed(name, i, "a number that is not of JSON's form")
		}
	}
	if i < len(r.Data) && r.Data[i]|0x20 == 'e' {
		from := i + 1
		if from < len(r.Data) && (r.Data[from] == '-' || r.Data[from] == '+') {
			from++
		}
		if i = r.digits(from); i == from {
			return bound.Malformed(name, i, "a number that is not of JSON's form")
		}
	}
	r.Pos = i
	if i == whole {
		return r.integer(t, start, first)
	}
	f, err := strconv.ParseFloat(string(r.Data[start:i]), 64)
	if err != nil {
		return bound.Malformed(name, start, "a number beyond the range of floats")
	}
	t.Kind, t.Float = core.FloatToken, f
	return nil
}

func (r *reader) digits(i int) int {
	for i < len(r.Data) && r.Data[i]-'0' <= 9 {
		i++
	}
	return i
}

// integer reads the digits from first to pos; the sign, if any, is at start.
func (r *reader) integer(t *core.Token, start, first int) error {
	digits := r.Data[first:r.Pos]
	neg := start != first
	if len(digits) <= 18 {
		v := int64(0)
		for _, c := range digits {
			v = v*10 + int64(c-'0')
		}
		if neg {
			v = -v
		}
		t.Kind, t.Int = core.IntToken, v
		return nil
	}
	if len(digits) > maxDigits {
		return bound.Malformed(name, start, "an integer of more than %d digits", maxDigits)
	}
	n, ok := new(big.Int).SetString(string(digits), 10)
	if !ok {
		return bound.Malformed(name, start, "a number that is not of JSON's form")
	}
	if n.IsUint64() {
		if v, ok := bound.Int64(neg, n.Uint64()); ok {
			t.Kind, t.Int = core.IntToken, v
			return nil
		}
	}
	size := (n.BitLen() + 7) / 8
	from := len(r.Scratch)
	r.Scratch = append(r.Scratch, make([]byte, size)...)
	t.Kind, t.Neg, t.Bytes = core.BigToken, neg, n.FillBytes(r.Scratch[from:])
	return nil
}
