package bert

import (
	"bytes"
	"encoding/binary"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/fondaco/fondaco/codec/internal/bound"
	"github.com/fondaco/fondaco/core"
)

func u16(b []byte) int    { return int(binary.BigEndian.Uint16(b)) }
func u32(b []byte) uint64 { return uint64(binary.BigEndian.Uint32(b)) }

// atom finds the name of the atom at pos. utf8 says that its tag promises
// UTF-8; next is 0 when there is no whole atom.
func atom(data []byte, pos int) (name []byte, next int, utf bool) {
	if pos+2 > len(data) {
		return nil, 0, false
	}
	start, n := pos+2, int(data[pos+1])
	switch data[pos] {
	case tagAtom, tagAtomUTF8:
		if pos+3 > len(data) {
			return nil, 0, false
		}
		start, n = pos+3, u16(data[pos+1:])
	case tagSmallAtom, tagSmallAtomUTF8:
	default:
		return nil, 0, false
	}
	if n > len(data)-start {
		return nil, 0, false
	}
	return data[start : start+n], start + n, data[pos] >= tagAtomUTF8
}

// integer finds the integer at pos; next is 0 when there is none that fits in
// 64 bits.
func integer(data []byte, pos int) (v int64, next int) {
	left := len(data) - pos
	switch {
	case left >= 2 && data[pos] == tagSmallInt:
		return int64(data[pos+1]), pos + 2
	case left >= 5 && data[pos] == tagInt:
		return int64(int32(u32(data[pos+1:]))), pos + 5
	case left >= 3 && data[pos] == tagSmallBig:
		n := int(data[pos+1])
		if n > left-3 {
			return 0, 0
		}
		if v, ok := small(data[pos+2] != 0, data[pos+3:pos+3+n]); ok {
			return v, pos + 3 + n
		}
	}
	return 0, 0
}

// small returns the integer with the given sign and magnitude, the lowest byte
// first, when it fits in 64 bits.
func small(neg bool, mag []byte) (int64, bool) {
	for len(mag) > 0 && mag[len(mag)-1] == 0 {
		mag = mag[:len(mag)-1]
	}
	if len(mag) > 8 {
		return 0, false
	}
	var buf [8]byte
	copy(buf[:], mag)
	return bound.Int64(neg, binary.LittleEndian.Uint64(buf[:]))
}

// float reads the text of a float: digits, perhaps with a fraction and an
// exponent, up to the first NUL.
func float(text []byte) (float64, bool) {
	text = untilNUL(text)
	if !decimal(text) {
		return 0, false
	}
	f, err := strconv.ParseFloat(string(text), 64)
	return f, err == nil
}

// isFloat reports whether float reads text, without computing it where the
// exponent has two digits, too few to overflow.
func isFloat(text []byte) bool {
	short := untilNUL(text)
	if n := len(short); n > 4 && short[n-4] == 'e' && short[n-3]-'0' > 9 {
		return decimal(short)
	}
	_, ok := float(text)
	return ok
}

func untilNUL(text []byte) []byte {
	if i := bytes.IndexByte(text, 0); i >= 0 {
		return text[:i]
	}
	return text
}

// decimal reports whether text is a decimal number as C's printf writes it.
func decimal(text []byte) bool {
	i := sign(text, 0)
	end := digits(text, i)
	if end == i {
		return false
	}
	if end < len(text) && text[end] == '.' {
		end = digits(text, end+1)
	}
	if end < len(text) && (text[end] == 'e' || text[end] == 'E') {
		i = sign(text, end+1)
		end = digits(text, i)
		if end == i {
			return false
		}
	}
	return end == len(text)
}

func sign(text []byte, i int) int {
	if i < len(text) && (text[i] == '-' || text[i] == '+') {
		i++
	}
	return i
}

func digits(text []byte, i int) int {
	for i < len(text) && text[i]-'0' <= 9 {
		i++
	}
	return i
}

func newFloat(data []byte) (float64, bool) {
	f := math.Float64frombits(binary.BigEndian.Uint64(data))
	return f, !math.IsNaN(f) && !math.IsInf(f, 0)
}

// special is what a {bert, ...} tuple stands for. Of a dict, n pairs begin at
// next.
type special struct {
	kind    core.TokenKind
	bool    bool
	int     int64
	source  []byte
	options core.RegexOptions
	n       uint64
	frame   frameKind
	next    int
}

// isBert reports whether the atom bert is at pos, and where it ends.
func isBert(data []byte, pos int) (next int, ok bool) {
	if len(data)-pos >= 7 && string(data[pos:pos+7]) == "d\x00\x04bert" {
		return pos + 7, true
	}
	name, next, _ := atom(data, pos)
	return next, next > 0 && string(name) == "bert"
}

// readSpecial reads the rest of a tuple of the given arity, whose first
// element, the atom bert, ends at pos. plain says that it has strict tags only.
func readSpecial(data []byte, pos, arity int) (s special, plain bool, err error) {
	word, next, _ := atom(data, pos)
	if next == 0 || arity < 2 {
		return s, false, bound.Malformed(name, pos, "a tuple {bert, ...} without its word")
	}
	plain = data[pos] == tagAtom
	s.next = next
	ok := false
	switch string(word) {
	case "nil":
		s.kind, ok = core.NilToken, arity == 2
	case "true", "false":
		s.kind, s.bool, ok = core.BoolToken, len(word) == 4, arity == 2
	case "dict":
		ok = arity == 3 && s.dict(data)
	case "time":
		ok = arity == 5 && s.time(data)
	case "regex":
		var strict bool
		strict, ok = s.regex(data)
		plain, ok = plain && strict, ok && arity == 4
	default:
		return s, false, bound.Malformed(name, pos, "{bert, %.40q, ...} is not known", word)
	}
	if !ok {
		return s, false, bound.Malformed(name, pos, "a {bert, %s, ...} of wrong form", word)
	}
	return s, plain, nil
}

// dict reads the head of the list of pairs.
func (s *special) dict(data []byte) bool {
	s.kind = core.MapToken
	switch left := len(data) - s.next; {
	case left >= 1 && data[s.next] == tagNil:
		s.next++
		s.frame = plainFrame
		return true
	case left >= 5 && data[s.next] == tagList:
		s.n = u32(data[s.next+1:])
		s.next += 5
		s.frame = dictFrame
		return true
	}
	return false
}

func (s *special) time(data []byte) bool {
	var part [3]int64
	for i := range part {
		v, next := integer(data, s.next)
		if next == 0 {
			return false
		}
		part[i], s.next = v, next
	}
	mega, sec, micro := part[0], part[1], part[2]
	if mega > 1<<40 || mega < -1<<40 || sec > 1<<60 || sec < -1<<60 {
		return false
	}
	var ok bool
	s.kind = core.TimeToken
	s.int, ok = bound.Total(mega*1_000_000+sec, micro)
	return ok
}

func (s *special) regex(data []byte) (strict, ok bool) {
	s.kind = core.RegexToken
	pos := s.next
	if len(data)-pos < 5 || data[pos] != tagBinary {
		return false, false
	}
	n := u32(data[pos+1:])
	pos += 5
	if n > uint64(len(data)-pos) {
		return false, false
	}
	s.source = data[pos : pos+int(n)]
	pos += int(n)
	if !utf8.Valid(s.source) || pos >= len(data) {
		return false, false
	}
	if data[pos] == tagNil {
		s.next = pos + 1
		return true, true
	}
	if data[pos] != tagList || len(data)-pos < 5 {
		return false, false
	}
	strict = true
	count := u32(data[pos+1:])
	for pos += 5; count > 0; count-- {
		word, next, _ := atom(data, pos)
		option := bound.Option(word)
		if next == 0 || option == 0 {
			return false, false
		}
		strict = strict && data[pos] == tagAtom
		s.options |= option
		pos = next
	}
	s.next = pos + 1
	return strict, pos < len(data) && data[pos] == tagNil
}

// pair checks the header of a pair of a dict at pos, a tuple of two, and
// returns where its key begins, or 0.
func pair(data []byte, pos int) int {
	left := len(data) - pos
	if left >= 2 && data[pos] == tagSmallTuple && data[pos+1] == 2 {
		return pos + 2
	}
	if left >= 5 && data[pos] == tagLargeTuple && u32(data[pos+1:]) == 2 {
		return pos + 5
	}
	return 0
}

// channel reads the rest of a pair whose first element, at pos, may mark a
// channel; next is 0 when it is another pair.
func channel(data []byte, pos int) (id int64, next int) {
	word, next, _ := atom(data, pos)
	if next == 0 || string(word) != channelAtom {
		return 0, 0
	}
	id, next = integer(data, next)
	if id < 0 {
		return 0, 0
	}
	return id, next
}

func opaque(tag byte) bool {
	switch tag {
	case 88, 89, 90, 101, 102, 103, 112, 113, 114, 117, 120:
		return true
	}
	return false
}

// badTag returns the error for a tag that carries no data.
func badTag(data []byte, pos int) error {
	switch tag := data[pos]; {
	case opaque(tag):
		return bound.Malformed(name, pos, "tag %d is a process, port, reference or function, which means nothing outside Erlang", tag)
	case tag == tagCachedAtom:
		return bound.Malformed(name, pos, "tag 82 refers to an atom cache, which there is not")
	case tag == Magic || tag == tagCompressed:
		return bound.Malformed(name, pos, "tag %d may only begin a message", tag)
	default:
		return bound.Malformed(name, pos, "tag %d is not known", tag)
	}
}
