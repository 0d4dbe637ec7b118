package bert

import (
	"slices"
	"sync"
	"unicode/utf8"

	"github.com/fondaco/fondaco/codec/internal/bound"
	"github.com/fondaco/fondaco/core"
)

// reader is BERT's core.TokenReader.
type reader struct {
	bound.Input[frame]
	binaries bool
	pool     *sync.Pool
}

// Reset is core.TokenReader's.
func (r *reader) Reset(data []byte, opts core.ReadOptions) {
	r.Start(name, data, opts.Limits)
	r.binaries = opts.Binaries
}

// Release gives r back to its codec; it must not be used afterwards.
func (r *reader) Release() {
	r.Forget()
	r.pool.Put(r)
}

// Next is core.TokenReader's.
func (r *reader) Next(t *core.Token) error {
	if r.Err == nil {
		r.Err = r.next(t)
	}
	return r.Err
}

func (r *reader) next(t *core.Token) error {
	if len(r.Stack) == 0 {
		if !r.Begun {
			r.Begun = true
			return r.term(t)
		}
		return r.Over(name)
	}
	f := &r.Stack[len(r.Stack)-1]
	if f.left == 0 {
		return r.end(f, t)
	}
	f.left--
	switch f.kind {
	case stringFrame:
		t.Kind, t.Int = core.IntToken, int64(r.Data[r.Pos])
		r.Pos++
		return nil
	case dictFrame:
		if f.left&1 == 1 {
			next := pair(r.Data, r.Pos)
			if next == 0 {
				return bound.Malformed(name, r.Pos, "an element of a dict is not a pair")
			}
			r.Pos = next
		}
	}
	return r.term(t)
}

// end closes the innermost container.
func (r *reader) end(f *frame, t *core.Token) error {
	if f.kind == listFrame || f.kind == dictFrame {
		if err := tail(r.Data, r.Pos); err != nil {
			return err
		}
		r.Pos++
	}
	r.Stack = r.Stack[:len(r.Stack)-1]
	t.Kind = core.EndToken
	return nil
}

// tail checks the end of a list.
func tail(data []byte, pos int) error {
	if pos >= len(data) {
		return bound.Short(name, pos)
	}
	if data[pos] != tagNil {
		return bound.Malformed(name, pos, "an improper list")
	}
	return nil
}

// term reads the head of the term at pos, and all of it when it is no
// container.
func (r *reader) term(t *core.Token) error {
	if r.Pos >= len(r.Data) {
		return bound.Short(name, r.Pos)
	}
	tag := r.Data[r.Pos]
	body := r.Data[r.Pos+1:]
	switch tag {
	case tagSmallInt:
		if len(body) < 1 {
			return bound.Short(name, r.Pos)
		}
		t.Kind, t.Int = core.IntToken, int64(body[0])
		r.Pos += 2
	case tagInt:
		if len(body) < 4 {
			return bound.Short(name, r.Pos)
		}
		t.Kind, t.Int = core.IntToken, int64(int32(u32(body)))
		r.Pos += 5
	case tagBinary:
		if len(body) < 4 || u32(body) > uint64(len(body)-4) {
			return bound.Short(name, r.Pos)
		}
		r.binary(t, body[4:4+u32(body)])
		r.Pos += 5 + len(t.Bytes)
	case tagAtom, tagSmallAtom, tagAtomUTF8, tagSmallAtomUTF8:
		return r.symbol(t)
	case tagNil:
		r.Pos++
		return r.open(t, core.ListToken, plainFrame, 0, 1)
	case tagList:
		if len(body) < 4 {
			return bound.Short(name, r.Pos)
		}
		r.Pos += 5
		return r.open(t, core.ListToken, listFrame, u32(body), 1)
	case tagString:
		if len(body) < 2 {
			return bound.Short(name, r.Pos)
		}
		r.Pos += 3
		return r.open(t, core.ListToken, stringFrame, uint64(u16(body)), 1)
	case tagMap:
		if len(body) < 4 {
			return bound.Short(name, r.Pos)
		}
		r.Pos += 5
		return r.open(t, core.MapToken, plainFrame, u32(body), 2)
	case tagSmallTuple:
		if len(body) < 1 {
			return bound.Short(name, r.Pos)
		}
		r.Pos += 2
		return r.tuple(t, uint64(body[0]))
	case tagLargeTuple:
		if len(body) < 4 {
			return bound.Short(name, r.Pos)
		}
		r.Pos += 5
		return r.tuple(t, u32(body))
	default:
		return r.rare(t, tag, body)
	}
	return nil
}

// rare reads the tags that term has no place for: big integers, floats and bit
// strings.
func (r *reader) rare(t *core.Token, tag byte, body []byte) error {
	switch tag {
	case tagSmallBig, tagLargeBig:
		start, n, err := bigSize(r.Data, r.Pos)
		if err != nil {
			return err
		}
		r.big(t, r.Data[start-1] != 0, r.Data[start:start+n])
		r.Pos = start + n
	case tagFloat, tagNewFloat:
		size := floatSize
		read := float
		if tag == tagNewFloat {
			size, read = 8, newFloat
		}
		if len(body) < size {
			return bound.Short(name, r.Pos)
		}
		f, ok := read(body[:size])
		if !ok {
			return bound.Malformed(name, r.Pos, "a float that is no number")
		}
		t.Kind, t.Float = core.FloatToken, f
		r.Pos += 1 + size
	case tagBitBinary:
		n, err := bitSize(r.Data, r.Pos)
		if err != nil {
			return err
		}
		r.binary(t, body[5:5+n])
		r.Pos += 6 + n
	default:
		return badTag(r.Data, r.Pos)
	}
	return nil
}

// bigSize finds where the magnitude of the big integer at pos begins, after
// the byte with its sign, and its size.
func bigSize(data []byte, pos int) (start, n int, err error) {
	body := data[pos+1:]
	var size uint64
	switch {
	case data[pos] == tagSmallBig && len(body) >= 2:
		start, size = pos+3, uint64(body[0])
	case data[pos] == tagLargeBig && len(body) >= 5:
		start, size = pos+6, u32(body)
	default:
		return 0, 0, bound.Short(name, pos)
	}
	if size > uint64(len(data)-start) {
		return 0, 0, bound.Short(name, pos)
	}
	return start, int(size), nil
}

// bitSize returns the size in bytes of the bit string at pos.
func bitSize(data []byte, pos int) (int, error) {
	body := data[pos+1:]
	if len(body) < 5 || u32(body) > uint64(len(body)-5) {
		return 0, bound.Short(name, pos)
	}
	n, bits := int(u32(body)), body[4]
	if bits != 8 && (n > 0 || bits != 0) {
		return 0, bound.Malformed(name, pos, "a bit string that is not of whole bytes")
	}
	return n, nil
}

func (r *reader) big(t *core.Token, neg bool, mag []byte) {
	if v, ok := small(neg, mag); ok {
		t.Kind, t.Int = core.IntToken, v
		return
	}
	r.Scratch = append(r.Scratch[:0], mag...)
	slices.Reverse(r.Scratch)
	t.Kind, t.Neg, t.Bytes = core.BigToken, neg, bound.Trim(r.Scratch)
}

func (r *reader) binary(t *core.Token, b []byte) {
	t.Kind, t.Bytes = core.BytesToken, b
	if !r.binaries && utf8.Valid(b) {
		t.Kind = core.TextToken
	}
}

// symbol reads an atom. Those with the old tags are Latin-1, or UTF-8 as
// Ruby's library writes them.
func (r *reader) symbol(t *core.Token) error {
	b, next, utf := atom(r.Data, r.Pos)
	if next == 0 {
		return bound.Short(name, r.Pos)
	}
	if !utf8.Valid(b) {
		if utf {
			return bound.Malformed(name, r.Pos, "an atom that is not valid UTF-8")
		}
		r.Scratch = r.Scratch[:0]
		for _, c := range b {
			r.Scratch = utf8.AppendRune(r.Scratch, rune(c))
		}
		b = r.Scratch
	}
	t.Kind, t.Bytes = core.SymbolToken, b
	r.Pos = next
	return nil
}

// open begins a container of n elements of the given width, whose head ends at
// pos.
func (r *reader) open(t *core.Token, kind core.TokenKind, frameKind frameKind, n uint64, width int) error {
	if err := bound.Count(name, r.Pos, n*uint64(width), len(r.Data)-r.Pos, &r.Elements); err != nil {
		return err
	}
	if len(r.Stack) >= r.Depth {
		return bound.TooDeep(name, r.Pos, r.Depth)
	}
	r.Stack = append(r.Stack, frame{frameKind, int(n) * width})
	t.Kind, t.Len = kind, int(n)
	return nil
}

// tuple reads a tuple whose head ends at pos, and what tuples stand for.
func (r *reader) tuple(t *core.Token, arity uint64) error {
	if arity >= 1 {
		if next, ok := isBert(r.Data, r.Pos); ok {
			return r.special(t, next, int(arity))
		}
	}
	if arity == 2 {
		if id, next := channel(r.Data, r.Pos); next > 0 {
			t.Kind, t.Int = core.ChannelToken, id
			r.Pos = next
			return nil
		}
	}
	return r.open(t, core.TupleToken, plainFrame, arity, 1)
}

func (r *reader) special(t *core.Token, pos, arity int) error {
	s, _, err := readSpecial(r.Data, pos, arity)
	if err != nil {
		return err
	}
	t.Kind, t.Bool, t.Int, t.Bytes, t.Options = s.kind, s.bool, s.int, s.source, s.options
	r.Pos = s.next
	if s.kind != core.MapToken {
		return nil
	}
	return r.open(t, core.MapToken, s.frame, s.n, 2)
}
