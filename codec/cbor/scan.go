package cbor

import (
	"unicode/utf8"

	"github.com/fondaco/fondaco/codec/internal/bound"
	"github.com/fondaco/fondaco/core"
)

// packed is a frame in one word, so that there is less of the stack to clear.
type packed int64

func pack(f frame) packed {
	p := packed(f.left) << 2
	if f.pairs {
		p |= 1
	}
	if f.odd {
		p |= 2
	}
	return p
}

func (p packed) frame() frame { return frame{left: int(p >> 2), pairs: p&1 != 0, odd: p&2 != 0} }

// Scan is core.Scanner's: it checks the item at the start of data in one pass
// and allocates nothing below a depth of 32. strict says that there are no
// tags and forms but those that are written here.
func Scan(data []byte, limits core.Limits) (n int, strict bool, err error) {
	limits = bound.Fill(limits)
	whole := len(data)
	if whole > limits.Bytes {
		data = data[:limits.Bytes]
	}
	s := scanner{data: data, elements: limits.Elements, depth: limits.Depth, strict: true}
	if err := s.run(); err != nil {
		if whole > len(data) {
			return 0, false, bound.TooLong(name, limits.Bytes)
		}
		return 0, false, err
	}
	return s.pos, s.strict, nil
}

// scanner walks over one item. It accepts what a reader accepts.
type scanner struct {
	data     []byte
	pos      int
	elements int
	depth    int
	strict   bool
}

// run walks to the end of the value.
func (s *scanner) run() error {
	var inline [bound.InlineDepth]packed
	stack := inline[:0]
	cur := frame{left: 1}
	for {
		more, err := cur.step(s.data, &s.pos, &s.elements)
		if err != nil {
			return err
		}
		if !more {
			if len(stack) == 0 {
				return nil
			}
			cur = stack[len(stack)-1].frame()
			stack = stack[:len(stack)-1]
			continue
		}
		pos := s.pos
		h := readHead(s.data, pos)
		if h.next == 0 {
			return badHead(s.data, pos)
		}
		container := h
		switch h.major {
		case majorUint, majorNeg:
			s.pos = h.next
			continue
		case majorBytes, majorText:
			if err := s.str(h); err != nil {
				return err
			}
			continue
		case majorSimple:
			if err := s.simple(h); err != nil {
				return err
			}
			continue
		case majorTag:
			done, err := s.tag(&container)
			if err != nil {
				return err
			}
			if done {
				continue
			}
		}
		s.strict = s.strict && container.info != infoIndefinite
		f, err := newFrame(s.data, container, &s.elements)
		if err != nil {
			return err
		}
		if len(stack) >= s.depth {
			return bound.TooDeep(name, pos, s.depth)
		}
		stack = append(stack, pack(cur))
		cur = f
		s.pos = container.next
	}
}

func (s *scanner) str(h head) (err error) {
	if h.info == infoIndefinite {
		s.strict = false
		s.pos, err = chunks(s.data, h.next, h.major, func([]byte) {})
		return err
	}
	if h.arg > uint64(len(s.data)-h.next) {
		return bound.Short(name, s.pos)
	}
	end := h.next + int(h.arg)
	if h.major == majorText && !utf8.Valid(s.data[h.next:end]) {
		return bound.Malformed(name, s.pos, "text that is not valid UTF-8")
	}
	s.pos = end
	return nil
}

func (s *scanner) simple(h head) error {
	switch s.data[s.pos] {
	case headFalse, headTrue, headNil, headFloat64:
	case headUndefined, headFloat16, headFloat32:
		s.strict = false
	default:
		return badSimple(s.data, s.pos)
	}
	s.pos = h.next
	return nil
}

// tag passes over the tag with head h and what it is over. When that is a
// container, it stores its head in h and returns false.
func (s *scanner) tag(h *head) (done bool, err error) {
	for h.major == majorTag {
		v, known, err := readTagged(s.data, h.arg, h.next)
		if err != nil {
			return true, err
		}
		if known {
			s.strict = s.strict && h.arg != TagTimeText
			s.pos, *h = v.next, v.head
			return v.kind != core.TupleToken, nil
		}
		s.strict = false
		s.pos = h.next
		if *h = readHead(s.data, s.pos); h.next == 0 {
			return true, badHead(s.data, s.pos)
		}
	}
	switch h.major {
	case majorArray, majorMap:
		return false, nil
	case majorBytes, majorText:
		return true, s.str(*h)
	case majorSimple:
		return true, s.simple(*h)
	}
	s.pos = h.next
	return true, nil
}
