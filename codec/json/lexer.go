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
func (r *Reader) fail(want string) error {
	if r.pos >= len(r.data) {
		return bound.Short(name, r.pos)
	}
	return bound.Malformed(name, r.pos, "%q stands where %s should", r.data[r.pos], want)
}

// space passes over white space and returns the byte behind it, or 0 at the
// end of the data.
func (r *Reader) space() byte {
	for r.pos < len(r.data) {
		c := r.data[r.pos]
		if c > ' ' || c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return c
		}
		r.pos++
	}
	return 0
}

// expect passes over white space and the byte c.
func (r *Reader) expect(c byte, want string) error {
	if r.space() != c || r.pos >= len(r.data) {
		return r.fail(want)
	}
	r.pos++
	return nil
}

// text reads the string at pos. The result is part of the data, or of the
// scratch buffer when there are escapes.
func (r *Reader) text() ([]byte, error) {
	if r.space() != '"' {
		return nil, r.fail("a string")
	}
	start := r.pos + 1
	for i := start; i < len(r.data); i++ {
		switch c := r.data[i]; {
		case c == '"':
			r.pos = i + 1
			return r.valid(r.data[start:i], start)
		case c == '\\':
			return r.escaped(start, i)
		case c < ' ':
			r.pos = i
			return nil, r.fail("a character or an escape")
		}
	}
	return nil, bound.Short(name, len(r.data))
}

func (r *Reader) valid(b []byte, start int) ([]byte, error) {
	if !utf8.Valid(b) {
		return nil, bound.Malformed(name, start, "a string that is not valid UTF-8")
	}
	return b, nil
}

// escaped reads on in a string that began at start and has its first escape
// at i.
func (r *Reader) escaped(start, i int) ([]byte, error) {
	from := len(r.scratch)
	for plain := start; ; {
		if i >= len(r.data) {
			return nil, bound.Short(name, i)
		}
		c := r.data[i]
		if c == '"' || c == '\\' {
			r.scratch = append(r.scratch, r.data[plain:i]...)
		}
		r.pos = i
		switch {
		case c == '"':
			r.pos = i + 1
			return r.valid(r.scratch[from:], start)
		case c == '\\':
			if err := r.escape(); err != nil {
				return nil, err
			}
			i, plain = r.pos, r.pos
		case c < ' ':
			return nil, r.fail("a character or an escape")
		default:
			i++
		}
	}
}

// escape appends what the escape at pos stands for.
func (r *Reader) escape() error {
	if len(r.data)-r.pos < 2 {
		return bound.Short(name, len(r.data))
	}
	c := r.data[r.pos+1]
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
		return bound.Malformed(name, r.pos, "the escape \\%c is not known", c)
	}
	r.scratch = append(r.scratch, c)
	r.pos += 2
	return nil
}

// unicode appends the character of the \u escape at pos, or of the two that
// are a surrogate pair.
func (r *Reader) unicode() error {
	c, ok := r.hex(r.pos)
	size := 6
	if ok && utf16.IsSurrogate(c) {
		low, _ := r.hex(r.pos + size)
		c = utf16.DecodeRune(c, low)
		size, ok = 12, c != utf8.RuneError
	}
	if !ok {
		return bound.Malformed(name, r.pos, "a \\u escape that is no character")
	}
	r.scratch = utf8.AppendRune(r.scratch, c)
	r.pos += size
	return nil
}

// hex returns the number in the \u escape at pos.
func (r *Reader) hex(pos int) (v rune, ok bool) {
	if len(r.data)-pos < 6 || r.data[pos] != '\\' || r.data[pos+1] != 'u' {
		return 0, false
	}
	for _, c := range r.data[pos+2 : pos+6] {
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
func (r *Reader) number(t *core.Token) error {
	start := r.pos
	i := start
	if r.data[i] == '-' {
		i++
	}
	first := i
	i = r.digits(i)
	if i == first || r.data[first] == '0' && i > first+1 {
		r.pos = first
		return bound.Malformed(name, first, "a number that is not of JSON's form")
	}
	whole := i
	if i < len(r.data) && r.data[i] == '.' {
		from := i + 1
		if i = r.digits(from); i == from {
			return bound.Malformed(name, i, "a number that is not of JSON's form")
		}
	}
	if i < len(r.data) && r.data[i]|0x20 == 'e' {
		from := i + 1
		if from < len(r.data) && (r.data[from] == '-' || r.data[from] == '+') {
			from++
		}
		if i = r.digits(from); i == from {
			return bound.Malformed(name, i, "a number that is not of JSON's form")
		}
	}
	r.pos = i
	if i == whole {
		return r.integer(t, start, first)
	}
	f, err := strconv.ParseFloat(string(r.data[start:i]), 64)
	if err != nil {
		return bound.Malformed(name, start, "a number beyond the range of floats")
	}
	t.Kind, t.Float = core.FloatToken, f
	return nil
}

func (r *Reader) digits(i int) int {
	for i < len(r.data) && r.data[i]-'0' <= 9 {
		i++
	}
	return i
}

// integer reads the digits from first to pos; the sign, if any, is at start.
func (r *Reader) integer(t *core.Token, start, first int) error {
	digits := r.data[first:r.pos]
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
	from := len(r.scratch)
	r.scratch = append(r.scratch, make([]byte, size)...)
	t.Kind, t.Neg, t.Bytes = core.BigToken, neg, n.FillBytes(r.scratch[from:])
	return nil
}
