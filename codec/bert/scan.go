package bert

import (
	"unicode/utf8"

	"github.com/fondaco/fondaco/codec/internal/bound"
	"github.com/fondaco/fondaco/core"
)

// scanner walks over one term. It accepts what a reader accepts.
type scanner struct {
	data     []byte
	pos      int
	elements int
	depth    int
	strict   bool
	cur      frame
}

// packed is a frame in one word, so that there is less of the stack to clear.
type packed uint64

func pack(f frame) packed { return packed(f.left)<<8 | packed(f.kind) }

func (p packed) frame() frame { return frame{frameKind(p), int(p >> 8)} }

// Scan is core.Scanner's: it checks the term at the start of data in one pass
// and allocates nothing below a depth of 32. strict says that there are only
// tags that every BERT library reads.
func Scan(data []byte, limits core.Limits) (n int, strict bool, err error) {
	limits = bound.Fill(limits)
	whole := len(data)
	if whole > limits.Bytes {
		data = data[:limits.Bytes]
	}
	s := scanner{data: data, elements: limits.Elements, depth: limits.Depth, strict: true, cur: frame{topFrame, 1}}
	if err := s.run(); err != nil {
		if whole > len(data) {
			return 0, false, bound.TooLong(name, limits.Bytes)
		}
		return 0, false, err
	}
	return s.pos, s.strict, nil
}

// run walks to the end of the value. What it needs for each term is kept in
// local variables; the rest is in s while other runs.
func (s *scanner) run() error {
	var inline [bound.InlineDepth]packed
	stack := inline[:0]
	data, pos, cur := s.data, s.pos, s.cur
	for {
		for cur.left == 0 {
			if cur.kind == topFrame {
				s.pos = pos
				return nil
			}
			if cur.kind >= listFrame {
				if err := tail(data, pos); err != nil {
					return err
				}
				pos++
			}
			cur = stack[len(stack)-1].frame()
			stack = stack[:len(stack)-1]
		}
		cur.left--
		if cur.kind == dictFrame && cur.left&1 == 1 {
			next := pair(data, pos)
			if next == 0 {
				return bound.Malformed(name, pos, "an element of a dict is not a pair")
			}
			pos = next
		}
		next, err := scalar(data, pos)
		if err != nil {
			return err
		}
		if next > 0 {
			pos = next
			continue
		}
		s.pos = pos
		inner, err := s.other()
		if err != nil {
			return err
		}
		if inner.kind != topFrame {
			if len(stack) >= s.depth {
				return bound.TooDeep(name, pos, s.depth)
			}
			stack = append(stack, pack(cur))
			cur = inner
		}
		pos = s.pos
	}
}

// scalar passes over the commonest terms; next is 0 when another is at pos.
func scalar(data []byte, pos int) (next int, err error) {
	if len(data)-pos < 5 {
		return 0, nil
	}
	switch data[pos] {
	case tagSmallInt:
		return pos + 2, nil
	case tagInt:
		return pos + 5, nil
	case tagBinary:
		next = pos + 5 + int(u32(data[pos+1:]))
	case tagAtom:
		next = pos + 3 + u16(data[pos+1:])
	default:
		return 0, nil
	}
	if uint(next) > uint(len(data)) {
		return 0, bound.Short(name, pos)
	}
	return next, nil
}

// other passes over the term at pos, which scalar does not know or which is
// within the last bytes. Of a container it passes the head only, and returns
// its frame.
func (s *scanner) other() (frame, error) {
	data, pos := s.data, s.pos
	left := len(data) - pos
	if left < 2 && (left < 1 || data[pos] != tagNil) {
		return frame{}, bound.Short(name, pos)
	}
	switch data[pos] {
	case tagNil:
		s.pos++
		return frame{kind: plainFrame}, nil
	case tagSmallTuple:
		s.pos += 2
		return s.tuple(uint64(data[pos+1]))
	case tagLargeTuple, tagList, tagMap:
		if left < 5 {
			return frame{}, bound.Short(name, pos)
		}
		s.pos += 5
		n := u32(data[pos+1:])
		switch data[pos] {
		case tagList:
			return s.open(listFrame, n, 1)
		case tagMap:
			s.strict = false
			return s.open(plainFrame, n, 2)
		}
		return s.tuple(n)
	case tagString:
		if left < 3 {
			return frame{}, bound.Short(name, pos)
		}
		s.pos += 3
		if _, err := s.open(plainFrame, uint64(u16(data[pos+1:])), 1); err != nil {
			return frame{}, err
		}
		s.pos += u16(data[pos+1:])
		return frame{kind: plainFrame}, nil
	}
	return frame{}, s.rare()
}

// rare passes over scalars.
func (s *scanner) rare() error {
	data, pos := s.data, s.pos
	switch data[pos] {
	case tagSmallInt:
		s.pos += 2
	case tagInt, tagBinary:
		return bound.Short(name, pos)
	case tagAtom:
		_, next, _ := atom(data, pos)
		if next == 0 {
			return bound.Short(name, pos)
		}
		s.pos = next
	case tagFloat:
		if len(data)-pos < 1+floatSize {
			return bound.Short(name, pos)
		}
		if !isFloat(data[pos+1 : pos+1+floatSize]) {
			return bound.Malformed(name, pos, "a float that is no number")
		}
		s.pos += 1 + floatSize
	case tagNewFloat:
		if len(data)-pos < 9 {
			return bound.Short(name, pos)
		}
		if _, ok := newFloat(data[pos+1:]); !ok {
			return bound.Malformed(name, pos, "a float that is no number")
		}
		s.pos += 9
		s.strict = false
	case tagSmallBig, tagLargeBig:
		start, n, err := bigSize(data, pos)
		if err != nil {
			return err
		}
		s.pos = start + n
	case tagBitBinary:
		n, err := bitSize(data, pos)
		if err != nil {
			return err
		}
		s.pos += 6 + n
		s.strict = false
	case tagSmallAtom, tagAtomUTF8, tagSmallAtomUTF8:
		b, next, utf := atom(data, pos)
		if next == 0 {
			return bound.Short(name, pos)
		}
		if utf && !utf8.Valid(b) {
			return bound.Malformed(name, pos, "an atom that is not valid UTF-8")
		}
		s.pos = next
		s.strict = false
	default:
		return badTag(data, pos)
	}
	return nil
}

func (s *scanner) open(kind frameKind, n uint64, width int) (frame, error) {
	if err := bound.Count(name, s.pos, n*uint64(width), len(s.data)-s.pos, &s.elements); err != nil {
		return frame{}, err
	}
	return frame{kind, int(n) * width}, nil
}

// tuple passes over the head of a tuple, or over all that it stands for.
func (s *scanner) tuple(arity uint64) (frame, error) {
	if arity >= 1 {
		if next, ok := isBert(s.data, s.pos); ok {
			return s.special(next, int(arity))
		}
	}
	if arity == 2 {
		if _, next := channel(s.data, s.pos); next > 0 {
			s.strict = s.strict && s.data[s.pos] == tagAtom
			s.pos = next
			return frame{}, nil
		}
	}
	return s.open(plainFrame, arity, 1)
}

func (s *scanner) special(pos, arity int) (frame, error) {
	s.strict = s.strict && s.data[s.pos] == tagAtom
	special, plain, err := readSpecial(s.data, pos, arity)
	if err != nil {
		return frame{}, err
	}
	s.strict = s.strict && plain
	s.pos = special.next
	if special.kind != core.MapToken {
		return frame{}, nil
	}
	return s.open(special.frame, special.n, 2)
}
