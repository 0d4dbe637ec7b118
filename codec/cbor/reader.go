package cbor

import (
	"sync"

	"github.com/fondaco/fondaco/codec/internal/bound"
	"github.com/fondaco/fondaco/core"
)

// frame is an open container of a reader.
type frame struct {
	left  int  // values still to come, a pair counts two; negative: until a break
	pairs bool // a map
	odd   bool // of an indefinite map: a key was read, its value is next
}

// reader is CBOR's core.TokenReader.
type reader struct {
	bound.Input[frame]
	pool *sync.Pool
}

// Reset is core.TokenReader's.
func (r *reader) Reset(data []byte, opts core.ReadOptions) {
	r.Start(name, data, opts.Limits)
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
			return r.item(t)
		}
		return r.Over(name)
	}
	f := &r.Stack[len(r.Stack)-1]
	more, err := f.step(r.Data, &r.Pos, &r.Elements)
	if err != nil {
		return err
	}
	if more {
		return r.item(t)
	}
	r.Stack = r.Stack[:len(r.Stack)-1]
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
func (r *reader) item(t *core.Token) error {
	for {
		if r.Pos >= len(r.Data) {
			return bound.Short(name, r.Pos)
		}
		h := readHead(r.Data, r.Pos)
		if h.next == 0 {
			return badHead(r.Data, r.Pos)
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
		r.Pos = h.next
	}
}

func (r *reader) int(t *core.Token, h head) {
	t.Kind, t.Int = core.IntToken, int64(h.arg)
	switch {
	case int64(h.arg) >= 0:
		if h.major == majorNeg {
			t.Int = -1 - int64(h.arg)
		}
	case h.major == majorUint:
		t.Kind, t.Neg, t.Bytes = core.BigToken, false, r.Data[h.next-8:h.next]
	default:
		r.big(t, true, r.Data[h.next-8:h.next])
	}
	r.Pos = h.next
}

// big makes the integer with the magnitude mag, or -1-mag.
func (r *reader) big(t *core.Token, neg bool, mag []byte) {
	if neg {
		r.Scratch = append(append(r.Scratch[:0], 0), mag...)
		mag = r.Scratch
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

func (r *reader) str(t *core.Token, h head) (err error) {
	t.Kind = core.BytesToken
	if h.major == majorText {
		t.Kind = core.TextToken
	}
	if h.info != infoIndefinite {
		t.Bytes, err = str(r.Data, h, r.Pos)
		r.Pos = h.next + len(t.Bytes)
		return err
	}
	r.Scratch = r.Scratch[:0]
	r.Pos, err = chunks(r.Data, h.next, h.major, func(b []byte) { r.Scratch = append(r.Scratch, b...) })
	t.Bytes = r.Scratch
	return err
}

func (r *reader) simple(t *core.Token, h head) error {
	switch r.Data[r.Pos] {
	case headFalse, headTrue:
		t.Kind, t.Bool = core.BoolToken, h.info&1 == 1
	case headNil, headUndefined:
		t.Kind = core.NilToken
	case headFloat16, headFloat32, headFloat64:
		t.Kind, t.Float = core.FloatToken, float(h)
	default:
		return badSimple(r.Data, r.Pos)
	}
	r.Pos = h.next
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
func (r *reader) open(t *core.Token, kind core.TokenKind, h head) error {
	f, err := newFrame(r.Data, h, &r.Elements)
	if err != nil {
		return err
	}
	if len(r.Stack) >= r.Depth {
		return bound.TooDeep(name, h.next, r.Depth)
	}
	r.Stack = append(r.Stack, f)
	r.Pos = h.next
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
func (r *reader) tag(t *core.Token, h head) (bool, error) {
	v, known, err := readTagged(r.Data, h.arg, h.next)
	if err != nil || !known {
		return known, err
	}
	if v.kind == core.TupleToken {
		return true, r.open(t, core.TupleToken, v.head)
	}
	r.Pos = v.next
	if v.kind == core.BigToken {
		r.big(t, v.neg, v.bytes)
		return true, nil
	}
	t.Kind, t.Int, t.Bytes, t.Options = v.kind, v.int, v.bytes, v.options
	return true, nil
}
