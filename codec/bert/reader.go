package bert

import (
	"io"
	"slices"
	"sync"
	"unicode/utf8"

	"github.com/fondaco/fondaco/codec/internal/bound"
	"github.com/fondaco/fondaco/core"
)

// keepScratch bounds the buffer a reader keeps between values.
const keepScratch = 64 << 10

// Reader is BERT's core.TokenReader.
type Reader struct {
	data     []byte
	pos      int
	elements int // still allowed
	depth    int
	binaries bool
	begun    bool
	err      error
	stack    []frame
	scratch  []byte // of the last token, when the data hold it in another form
	inline   [bound.InlineDepth]frame
	pool     *sync.Pool
}

// Reset is core.TokenReader's.
func (r *Reader) Reset(data []byte, opts core.ReadOptions) {
	limits := bound.Fill(opts.Limits)
	r.data, r.pos, r.err, r.begun, r.binaries = data, 0, nil, false, opts.Binaries
	r.elements, r.depth = limits.Elements, limits.Depth
	if r.stack == nil {
		r.stack = r.inline[:0]
	}
	r.stack = r.stack[:0]
	if len(data) > limits.Bytes {
		r.err = bound.TooLong(name, limits.Bytes)
	}
}

// Release gives r back to its codec; it must not be used afterwards.
func (r *Reader) Release() {
	r.data, r.err = nil, nil
	if cap(r.scratch) > keepScratch {
		r.scratch = nil
	}
	r.pool.Put(r)
}

// Next is core.TokenReader's.
func (r *Reader) Next(t *core.Token) error {
	if r.err == nil {
		r.err = r.next(t)
	}
	return r.err
}

func (r *Reader) next(t *core.Token) error {
	if len(r.stack) == 0 {
		if !r.begun {
			r.begun = true
			return r.term(t)
		}
		if r.pos < len(r.data) {
			return bound.Malformed(name, r.pos, "%d bytes follow the value", len(r.data)-r.pos)
		}
		return io.EOF
	}
	f := &r.stack[len(r.stack)-1]
	if f.left == 0 {
		return r.end(f, t)
	}
	f.left--
	switch f.kind {
	case stringFrame:
		t.Kind, t.Int = core.IntToken, int64(r.data[r.pos])
		r.pos++
		return nil
	case dictFrame:
		if f.left&1 == 1 {
			next := pair(r.data, r.pos)
			if next == 0 {
				return bound.Malformed(name, r.pos, "an element of a dict is not a pair")
			}
			r.pos = next
		}
	}
	return r.term(t)
}

// end closes the innermost container.
func (r *Reader) end(f *frame, t *core.Token) error {
	if f.kind == listFrame || f.kind == dictFrame {
		if err := tail(r.data, r.pos); err != nil {
			return err
		}
		r.pos++
	}
	r.stack = r.stack[:len(r.stack)-1]
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
func (r *Reader) term(t *core.Token) error {
	if r.pos >= len(r.data) {
		return bound.Short(name, r.pos)
	}
	tag := r.data[r.pos]
	body := r.data[r.pos+1:]
	switch tag {
	case tagSmallInt:
		if len(body) < 1 {
			return bound.Short(name, r.pos)
		}
		t.Kind, t.Int = core.IntToken, int64(body[0])
		r.pos += 2
	case tagInt:
		if len(body) < 4 {
			return bound.Short(name, r.pos)
		}
		t.Kind, t.Int = core.IntToken, int64(int32(u32(body)))
		r.pos += 5
	case tagBinary:
		if len(body) < 4 || u32(body) > uint64(len(body)-4) {
			return bound.Short(name, r.pos)
		}
		r.binary(t, body[4:4+u32(body)])
		r.pos += 5 + len(t.Bytes)
	case tagAtom, tagSmallAtom, tagAtomUTF8, tagSmallAtomUTF8:
		return r.symbol(t)
	case tagNil:
		r.pos++
		return r.open(t, core.ListToken, plainFrame, 0, 1)
	case tagList:
		if len(body) < 4 {
			return bound.Short(name, r.pos)
		}
		r.pos += 5
		return r.open(t, core.ListToken, listFrame, u32(body), 1)
	case tagString:
		if len(body) < 2 {
			return bound.Short(name, r.pos)
		}
		r.pos += 3
		return r.open(t, core.ListToken, stringFrame, uint64(u16(body)), 1)
	case tagMap:
		if len(body) < 4 {
			return bound.Short(name, r.pos)
		}
		r.pos += 5
		return r.open(t, core.MapToken, plainFrame, u32(body), 2)
	case tagSmallTuple:
		if len(body) < 1 {
			return bound.Short(name, r.pos)
		}
		r.pos += 2
		return r.tuple(t, uint64(body[0]))
	case tagLargeTuple:
		if len(body) < 4 {
			return bound.Short(name, r.pos)
		}
		r.pos += 5
		return r.tuple(t, u32(body))
	default:
		return r.rare(t, tag, body)
	}
	return nil
}

// rare reads the tags that term has no place for: big integers, floats and bit
// strings.
func (r *Reader) rare(t *core.Token, tag byte, body []byte) error {
	switch tag {
	case tagSmallBig, tagLargeBig:
		start, n, err := bigSize(r.data, r.pos)
		if err != nil {
			return err
		}
		r.big(t, r.data[start-1] != 0, r.data[start:start+n])
		r.pos = start + n
	case tagFloat, tagNewFloat:
		size := floatSize
		read := float
		if tag == tagNewFloat {
			size, read = 8, newFloat
		}
		if len(body) < size {
			return bound.Short(name, r.pos)
		}
		f, ok := read(body[:size])
		if !ok {
			return bound.Malformed(name, r.pos, "a float that is no number")
		}
		t.Kind, t.Float = core.FloatToken, f
		r.pos += 1 + size
	case tagBitBinary:
		n, err := bitSize(r.data, r.pos)
		if err != nil {
			return err
		}
		r.binary(t, body[5:5+n])
		r.pos += 6 + n
	default:
		return badTag(r.data, r.pos)
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

func (r *Reader) big(t *core.Token, neg bool, mag []byte) {
	if v, ok := small(neg, mag); ok {
		t.Kind, t.Int = core.IntToken, v
		return
	}
	r.scratch = append(r.scratch[:0], mag...)
	slices.Reverse(r.scratch)
	t.Kind, t.Neg, t.Bytes = core.BigToken, neg, bound.Trim(r.scratch)
}

func (r *Reader) binary(t *core.Token, b []byte) {
	t.Kind, t.Bytes = core.BytesToken, b
	if !r.binaries && utf8.Valid(b) {
		t.Kind = core.TextToken
	}
}

// symbol reads an atom. Those with the old tags are Latin-1, or UTF-8 as
// Ruby's library writes them.
func (r *Reader) symbol(t *core.Token) error {
	b, next, utf := atom(r.data, r.pos)
	if next == 0 {
		return bound.Short(name, r.pos)
	}
	if !utf8.Valid(b) {
		if utf {
			return bound.Malformed(name, r.pos, "an atom that is not valid UTF-8")
		}
		r.scratch = r.scratch[:0]
		for _, c := range b {
			r.scratch = utf8.AppendRune(r.scratch, rune(c))
		}
		b = r.scratch
	}
	t.Kind, t.Bytes = core.SymbolToken, b
	r.pos = next
	return nil
}

// open begins a container of n elements of the given width, whose head ends at
// pos.
func (r *Reader) open(t *core.Token, kind core.TokenKind, frameKind frameKind, n uint64, width int) error {
	if err := bound.Count(name, r.pos, n*uint64(width), len(r.data)-r.pos, &r.elements); err != nil {
		return err
	}
	if len(r.stack) >= r.depth {
		return bound.TooDeep(name, r.pos, r.depth)
	}
	r.stack = append(r.stack, frame{frameKind, int(n) * width})
	t.Kind, t.Len = kind, int(n)
	return nil
}

// tuple reads a tuple whose head ends at pos, and what tuples stand for.
func (r *Reader) tuple(t *core.Token, arity uint64) error {
	if arity >= 1 {
		if next, ok := isBert(r.data, r.pos); ok {
			return r.special(t, next, int(arity))
		}
	}
	if arity == 2 {
		if id, next := channel(r.data, r.pos); next > 0 {
			t.Kind, t.Int = core.ChannelToken, id
			r.pos = next
			return nil
		}
	}
	return r.open(t, core.TupleToken, plainFrame, arity, 1)
}

func (r *Reader) special(t *core.Token, pos, arity int) error {
	s, _, err := readSpecial(r.data, pos, arity)
	if err != nil {
		return err
	}
	t.Kind, t.Bool, t.Int, t.Bytes, t.Options = s.kind, s.bool, s.int, s.source, s.options
	r.pos = s.next
	if s.kind != core.MapToken {
		return nil
	}
	return r.open(t, core.MapToken, s.frame, s.n, 2)
}
