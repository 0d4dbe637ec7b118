package cbor

import (
	"encoding/binary"
	"math"
	"unicode/utf8"

	"github.com/fondaco/fondaco/codec/internal/bound"
	"github.com/fondaco/fondaco/core"
)

// head is the first bytes of an item.
type head struct {
	major byte
	info  byte
	arg   uint64
	next  int
}

// readHead reads the head at pos; next is 0 when it is not whole or malformed.
func readHead(data []byte, pos int) (h head) {
	if pos >= len(data) {
		return h
	}
	h.major, h.info = data[pos]&0xe0, data[pos]&0x1f
	body := data[pos+1:]
	switch {
	case h.info < 24:
		h.arg, h.next = uint64(h.info), pos+1
	case h.info == 24 && len(body) >= 1:
		h.arg, h.next = uint64(body[0]), pos+2
	case h.info == 25 && len(body) >= 2:
		h.arg, h.next = uint64(binary.BigEndian.Uint16(body)), pos+3
	case h.info == 26 && len(body) >= 4:
		h.arg, h.next = uint64(binary.BigEndian.Uint32(body)), pos+5
	case h.info == 27 && len(body) >= 8:
		h.arg, h.next = binary.BigEndian.Uint64(body), pos+9
	case h.info == infoIndefinite && h.major != majorUint && h.major != majorNeg && h.major != majorTag:
		h.next = pos + 1
	}
	return h
}

// badHead returns the error for a head that readHead refuses.
func badHead(data []byte, pos int) error {
	if pos < len(data) {
		if info := data[pos] & 0x1f; info >= 28 {
			return bound.Malformed(name, pos, "the head %#02x is not known", data[pos])
		}
	}
	return bound.Short(name, pos)
}

// float returns the float with head h, one of the three.
func float(h head) float64 {
	switch h.info {
	case 25:
		return half(uint16(h.arg))
	case 26:
		return float64(math.Float32frombits(uint32(h.arg)))
	default:
		return math.Float64frombits(h.arg)
	}
}

// half returns the float with the given IEEE 754 binary16 bits.
func half(bits uint16) float64 {
	sign := 1.0
	if bits&0x8000 != 0 {
		sign = -1
	}
	exp, mant := int(bits>>10&0x1f), float64(bits&0x3ff)
	switch {
	case exp == 0:
		return sign * math.Ldexp(mant, -24)
	case exp < 31:
		return sign * math.Ldexp(mant+1024, exp-25)
	case mant == 0:
		return math.Inf(int(sign))
	default:
		return math.NaN()
	}
}

// chunks passes over the chunks of an indefinite string, the first at pos, and
// calls f with each.
func chunks(data []byte, pos int, major byte, f func([]byte)) (next int, err error) {
	for {
		if pos < len(data) && data[pos] == headBreak {
			return pos + 1, nil
		}
		h := readHead(data, pos)
		if h.next == 0 {
			return 0, badHead(data, pos)
		}
		if h.major != major || h.info == infoIndefinite {
			return 0, bound.Malformed(name, pos, "a chunk that is not of the string's type")
		}
		b, err := str(data, h, pos)
		if err != nil {
			return 0, err
		}
		f(b)
		pos = h.next + len(b)
	}
}

// str returns the string of definite length with head h, checked when text.
func str(data []byte, h head, pos int) ([]byte, error) {
	if h.arg > uint64(len(data)-h.next) {
		return nil, bound.Short(name, pos)
	}
	b := data[h.next : h.next+int(h.arg)]
	if h.major == majorText && !utf8.Valid(b) {
		return nil, bound.Malformed(name, pos, "text that is not valid UTF-8")
	}
	return b, nil
}

// tagged is what a tag with a meaning stands for. A tuple is a container of n
// elements, or of core.UnknownLen, that begin at next.
type tagged struct {
	kind    core.TokenKind
	neg     bool
	int     int64
	bytes   []byte // a symbol, the source of a regex, or the bytes of a big integer
	options core.RegexOptions
	head    head // of a tuple
	next    int
}

// readTagged reads what follows a known tag at pos. ok is false when the tag
// has no meaning here.
func readTagged(data []byte, tag uint64, pos int) (t tagged, ok bool, err error) {
	switch tag {
	case TagTimeText, TagTime, TagBig, TagNegative, TagSymbol, TagTuple, TagRegex, TagChannel:
	default:
		return t, false, nil
	}
	h := readHead(data, pos)
	if h.next == 0 {
		return t, true, badHead(data, pos)
	}
	t.next = h.next
	good := false
	switch tag {
	case TagTimeText:
		t.kind = core.TimeToken
		if good, err = t.text(data, h, pos, majorText); good {
			t.int, good = bound.Micros(t.bytes)
		}
	case TagTime:
		good = t.time(h)
	case TagBig, TagNegative:
		t.kind, t.neg = core.BigToken, tag == TagNegative
		good, err = t.text(data, h, pos, majorBytes)
	case TagSymbol:
		t.kind = core.SymbolToken
		good, err = t.text(data, h, pos, majorText)
	case TagTuple:
		t.kind, t.head, good = core.TupleToken, h, h.major == majorArray
	case TagRegex:
		t.kind = core.RegexToken
		good, err = t.regex(data, h, pos)
	case TagChannel:
		t.kind, t.int = core.ChannelToken, int64(h.arg)
		good = h.major == majorUint && h.arg <= math.MaxInt64
	}
	if err == nil && !good {
		err = bound.Malformed(name, pos, "tag %d over a value of wrong form", tag)
	}
	return t, true, err
}

// text reads a string of definite length. Inside a tag no others are taken.
func (t *tagged) text(data []byte, h head, pos int, major byte) (bool, error) {
	if h.major != major || h.info == infoIndefinite {
		return false, nil
	}
	b, err := str(data, h, pos)
	t.bytes, t.next = b, h.next+len(b)
	return err == nil, err
}

// time reads seconds.
func (t *tagged) time(h head) (ok bool) {
	t.kind = core.TimeToken
	switch {
	case h.major == majorUint && h.arg <= math.MaxInt64:
		t.int, ok = bound.Total(int64(h.arg), 0)
	case h.major == majorNeg && h.arg <= math.MaxInt64:
		t.int, ok = bound.Total(-1-int64(h.arg), 0)
	case h.major == majorSimple && h.info >= 25 && h.info <= 27:
		sec, frac := math.Modf(float(h))
		if sec > -1e13 && sec < 1e13 {
			t.int, ok = bound.Total(int64(sec), int64(math.RoundToEven(frac*1e6)))
		}
	}
	return ok
}

// regex reads [source, [word, ...]].
func (t *tagged) regex(data []byte, h head, pos int) (bool, error) {
	if h.major != majorArray || h.arg != 2 || h.info == infoIndefinite {
		return false, nil
	}
	source := readHead(data, h.next)
	if source.next == 0 {
		return false, badHead(data, h.next)
	}
	if ok, err := t.text(data, source, h.next, majorText); !ok {
		return false, err
	}
	at := t.next
	list := readHead(data, at)
	if list.next == 0 {
		return false, badHead(data, at)
	}
	if list.major != majorArray || list.info == infoIndefinite {
		return false, nil
	}
	at = list.next
	for n := list.arg; n > 0; n-- {
		word := readHead(data, at)
		if word.next == 0 {
			return false, badHead(data, at)
		}
		if word.major != majorText || word.info == infoIndefinite {
			return false, nil
		}
		b, err := str(data, word, at)
		option := bound.Option(b)
		if err != nil || option == 0 {
			return false, err
		}
		t.options |= option
		at = word.next + len(b)
	}
	t.next = at
	return true, nil
}
