package bert

import (
	"unicode/utf8"

	"github.com/fondaco/fondaco/codec/internal/bound"
	"github.com/fondaco/fondaco/core"
)

// scanner walks over one term. It accepts what a Reader accepts.
type scanner struct {
	data     []byte
	pos      int
	elements int
	depth    int
	strict   bool
	cur      frame
}

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

// run walks to the end of the value.
func (s *scanner) run() error {
	var inline [bound.InlineDepth]frame
	stack := inline[:0]
	for {
		for s.cur.left == 0 {
			if s.cur.kind == topFrame {
				return nil
			}
			if s.cur.kind == listFrame || s.cur.kind == dictFrame {
				if err := tail(s.data, s.pos); err != nil {
					return err
				}
				s.pos++
			}
			s.cur = stack[len(stack)-1]
			stack = stack[:len(stack)-1]
		}
		s.cur.left--
		if s.cur.kind == dictFrame && s.cur.left&1 == 1 {
			next := pair(s.data, s.pos)
			if next == 0 {
				return bound.Malformed(name, s.pos, "an element of a dict is not a pair")
			}
			s.pos = next
		}
		data, pos := s.data, s.pos
		if len(data)-pos < 2 {
			if pos >= len(data) || data[pos] != tagNil {
				return bound.Short(name, pos)
			}
			if len(stack) >= s.depth {
				return bound.TooDeep(name, pos, s.depth)
			}
			s.pos++
			continue
		}
		inner := frame{}
		switch data[pos] {
		case tagSmallInt:
			s.pos = pos + 2
			continue
		case tagInt:
			s.pos = pos + 5
		case tagBinary:
			if len(data)-pos < 5 || u32(data[pos+1:]) > uint64(len(data)-pos-5) {
				return bound.Short(name, pos)
			}
			s.pos = pos + 5 + int(u32(data[pos+1:]))
			continue
		case tagAtom:
			if len(data)-pos < 3 {
				return bound.Short(name, pos)
			}
			s.pos = pos + 3 + u16(data[pos+1:])
		default:
			var err error
			if inner, err = s.other(); err != nil {
				return err
			}
		}
		if s.pos > len(data) {
			return bound.Short(name, pos)
		}
		if inner.kind != topFrame {
			if len(stack) >= s.depth {
				return bound.TooDeep(name, pos, s.depth)
			}
			stack = append(stack, s.cur)
			s.cur = inner
		}
	}
}

// other passes over a term that is no plain scalar; at least two bytes of it
// are there. Of a container it passes the head only, and returns its frame.
func (s *scanner) other() (frame, error) {
	data, pos := s.data, s.pos
	left := len(data) - pos
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
	return frame{}, s.scalar()
}

// scalar passes over the rarer scalars.
func (s *scanner) scalar() error {
	data, pos := s.data, s.pos
	switch data[pos] {
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
