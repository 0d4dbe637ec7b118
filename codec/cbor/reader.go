package cbor

import (
	"io"
	"sync"

	"github.com/fondaco/fondaco/codec/internal/bound"
	"github.com/fondaco/fondaco/core"
)

// keepScratch bounds the buffer a reader keeps between values.
const keepScratch = 64 << 10

// frame is an open container of a reader.
type frame struct {
	left  int  // values still to come, a pair counts two; negative: until a break
	pairs bool // a map
	odd   bool // of an indefinite map: a key was read, its value is next
}

// Reader is CBOR's core.TokenReader.
type Reader struct {
	data     []byte
	pos      int
	elements int // still allowed
	depth    int
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
	r.data, r.pos, r.err, r.begun = data, 0, nil, false
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
			return r.item(t)
		}
		if r.pos < len(r.data) {
			return bound.Malformed(name, r.pos, "%d bytes follow the value", len(r.data)-r.pos)
		}
		return io.EOF
	}
	f := &r.stack[len(r.stack)-1]
	more, err := f.step(r.data, &r.pos, &r.elements)
	if err != nil {
		return err
	}
	if more {
		return r.item(t)
	}
	r.stack = r.stack[:len(r.stack)-1]
	t.Kind = core.EndToken
	return nil
}

// step accounts for the next value of the container; false means that it is
// over, and its break passed.
func (f *frame) step(data []byte, pos, elements *int) (bool, error) {
	if f.left >= 0 {
		f.left--
		return f.left >= 0, nil
	}
	if *pos >= len(data) {
		return false, bound.Short(name, *pos)
	}
	if data[*pos] == headBreak {
		if f.odd {
			return false, bound.Malformed(name, *pos, "a map ends with a key that has no value")
		}
		*pos++
		return false, nil
	}
	f.odd = f.pairs && !f.odd
	return true, bound.Count(name, *pos, 1, 1, elements)
}

// item reads the next item: its head only when it is a container.
func (r *Reader) item(t *core.Token) error {
	for {
		if r.pos >= len(r.data) {
			return bound.Short(name, r.pos)
		}
		h := readHead(r.data, r.pos)
		if h.next == 0 {
			return badHead(r.data, r.pos)
		}
		switch h.major {
		case majorUint, majorNeg:
			r.int(t, h)
			return nil
		case majorBytes, majorText:
			return r.str(t, h)
		case majorArray:
			return r.open(t, core.ListToken, h)
		case majorMap:
			return r.open(t, core.MapToken, h)
		case majorSimple:
			return r.simple(t, h)
		}
		known, err := r.tag(t, h)
		if err != nil || known {
			return err
		}
		r.pos = h.next
	}
}

func (r *Reader) int(t *core.Token, h head) {
	t.Kind, t.Int = core.IntToken, int64(h.arg)
	switch {
	case int64(h.arg) >= 0:
		if h.major == majorNeg {
			t.Int = -1 - int64(h.arg)
		}
	case h.major == majorUint:
		t.Kind, t.Neg, t.Bytes = core.BigToken, false, r.data[h.next-8:h.next]
	default:
		r.big(t, true, r.data[h.next-8:h.next])
	}
	r.pos = h.next
}

// big makes the integer with the magnitude mag, or -1-mag.
func (r *Reader) big(t *core.Token, neg bool, mag []byte) {
	if neg {
		r.scratch = append(append(r.scratch[:0], 0), mag...)
		mag = r.scratch
		for i := len(mag) - 1; i >= 0; i-- {
			if mag[i]++; mag[i] != 0 {
				break
			}
		}
	}
	mag = bound.Trim(mag)
	if v, ok := bound.Int(neg, mag); ok {
		t.Kind, t.Int = core.IntToken, v
		return
	}
	t.Kind, t.Neg, t.Bytes = core.BigToken, neg, mag
}

func (r *Reader) str(t *core.Token, h head) (err error) {
	t.Kind = core.BytesToken
	if h.major == majorText {
		t.Kind = core.TextToken
	}
	if h.info != infoIndefinite {
		t.Bytes, err = str(r.data, h, r.pos)
		r.pos = h.next + len(t.Bytes)
		return err
	}
	r.scratch = r.scratch[:0]
	r.pos, err = chunks(r.data, h.next, h.major, func(b []byte) { r.scratch = append(r.scratch, b...) })
	t.Bytes = r.scratch
	return err
}

func (r *Reader) simple(t *core.Token, h head) error {
	switch r.data[r.pos] {
	case headFalse, headTrue:
		t.Kind, t.Bool = core.BoolToken, h.info&1 == 1
	case headNil, headUndefined:
		t.Kind = core.NilToken
	case headFloat16, headFloat32, headFloat64:
		t.Kind, t.Float = core.FloatToken, float(h)
	default:
		return badSimple(r.data, r.pos)
	}
	r.pos = h.next
	return nil
}

// badSimple returns the error for a simple value without a meaning here.
func badSimple(data []byte, pos int) error {
	if data[pos] == headBreak {
		return bound.Malformed(name, pos, "a break outside an indefinite container")
	}
	return bound.Malformed(name, pos, "a simple value that is not known")
}

// open begins the container with head h.
func (r *Reader) open(t *core.Token, kind core.TokenKind, h head) error {
	f, err := newFrame(r.data, h, &r.elements)
	if err != nil {
		return err
	}
	if len(r.stack) >= r.depth {
		return bound.TooDeep(name, h.next, r.depth)
	}
	r.stack = append(r.stack, f)
	r.pos = h.next
	t.Kind, t.Len = kind, core.UnknownLen
	if f.left >= 0 {
		t.Len = int(h.arg)
	}
	return nil
}

// newFrame returns the frame of the container with head h, its elements taken
// from the budget.
func newFrame(data []byte, h head, elements *int) (frame, error) {
	f := frame{left: -1, pairs: h.major == majorMap}
	if h.info == infoIndefinite {
		return f, nil
	}
	n := h.arg
	if f.pairs && n <= 1<<62 {
		n *= 2
	}
	if err := bound.Count(name, h.next, n, len(data)-h.next, elements); err != nil {
		return f, err
	}
	f.left = int(n)
	return f, nil
}

// tag reads a tag with a meaning and what it is over; false means that the
// tag, whose head is h, has none.
func (r *Reader) tag(t *core.Token, h head) (bool, error) {
	v, known, err := readTagged(r.data, h.arg, h.next)
	if err != nil || !known {
		return known, err
	}
	if v.kind == core.TupleToken {
		return true, r.open(t, core.TupleToken, v.head)
	}
	r.pos = v.next
	if v.kind == core.BigToken {
		r.big(t, v.neg, v.bytes)
		return true, nil
	}
	t.Kind, t.Int, t.Bytes, t.Options = v.kind, v.int, v.bytes, v.options
	return true, nil
}
