package value

import (
	"io"
	"math"
	"sync"

	"github.com/fondaco/fondaco/codec"
	"github.com/fondaco/fondaco/core"
)

// Decoder reads a body value by value, without building what nobody needs. It
// is not safe for concurrent use.
//
// Its methods fail with a protocol error when the body is malformed, and with
// a user error of class TypeError when the value is of another kind or does
// not fit. After an error it is of no further use.
type Decoder struct {
	r    core.TokenReader
	t    core.Token
	have bool // t is the next token, not consumed yet
	err  error
}

var decoders = sync.Pool{New: func() any { return new(Decoder) }}

// NewDecoder returns a decoder of b, which must not change until Close.
func NewDecoder(b core.Body, opts core.ReadOptions) *Decoder {
	d := decoders.Get().(*Decoder)
	d.have, d.err = false, nil
	if b.Codec == nil {
		d.err = core.NewError(core.KindProtocol, "there is no value to read")
		return d
	}
	d.r = b.Codec.NewReader()
	d.r.Reset(b.Data, opts)
	return d
}

// Close gives back what the decoder uses; nobody may use it afterwards.
func (d *Decoder) Close() {
	if d.r != nil {
		codec.Release(d.r)
	}
	d.r, d.t = nil, core.Token{}
	decoders.Put(d)
}

// peek reads the next token into d.t.
func (d *Decoder) peek() error {
	if d.have || d.err != nil {
		return d.err
	}
	if d.err = d.r.Next(&d.t); d.err == io.EOF {
		d.err = mismatch("there is no further value")
	}
	d.have = d.err == nil
	return d.err
}

// Token consumes the next token; what it points to is valid until the next
// call of any method.
func (d *Decoder) Token() (*core.Token, error) {
	if err := d.peek(); err != nil {
		return nil, err
	}
	d.have = false
	return &d.t, nil
}

// Kind returns the kind of the next token without consuming it.
func (d *Decoder) Kind() (core.TokenKind, error) {
	err := d.peek()
	return d.t.Kind, err
}

// want consumes the next token if it is of one of the kinds.
func (d *Decoder) want(what string, kinds ...core.TokenKind) error {
	if err := d.peek(); err != nil {
		return err
	}
	for _, k := range kinds {
		if d.t.Kind == k {
			d.have = false
			return nil
		}
	}
	return d.wrong(what)
}

func (d *Decoder) wrong(what string) error {
	if d.err == nil {
		d.err = mismatch("%s is wanted, not %s", what, d.t.Kind)
		if d.t.Kind == core.EndToken {
			d.err = mismatch("%s is wanted, but there is no further value", what)
		}
	}
	return d.err
}

// Begin enters a list or a tuple, and returns its length or core.UnknownLen.
func (d *Decoder) Begin() (int, error) {
	err := d.want("a list", core.ListToken, core.TupleToken)
	return d.t.Len, err
}

// BeginMap enters a map, whose keys and values follow each other, and returns
// the number of its pairs or core.UnknownLen.
func (d *Decoder) BeginMap() (int, error) {
	err := d.want("a map", core.MapToken)
	return d.t.Len, err
}

// More reports whether the container has a further value. It is false, too,
// when the body cannot be read; End then says why.
func (d *Decoder) More() bool {
	return d.peek() == nil && d.t.Kind != core.EndToken
}

// End leaves a container. It fails when there are values left in it.
func (d *Decoder) End() error {
	if err := d.peek(); err != nil {
		return err
	}
	if d.t.Kind != core.EndToken {
		d.err = mismatch("there are more values than wanted; the next is %s", d.t.Kind)
		return d.err
	}
	d.have = false
	return nil
}

// Done fails when anything follows the value that was read.
func (d *Decoder) Done() error {
	if d.err != nil {
		return d.err
	}
	if d.have {
		return mismatch("there are more values than wanted; the next is %s", d.t.Kind)
	}
	if err := d.r.Next(&d.t); err != io.EOF {
		if err == nil {
			err = mismatch("there are more values than wanted; the next is %s", d.t.Kind)
		}
		return err
	}
	return nil
}

// Skip passes over the next value.
func (d *Decoder) Skip() error {
	for depth := 0; ; {
		t, err := d.Token()
		if err != nil {
			return err
		}
		switch t.Kind {
		case core.ListToken, core.TupleToken, core.MapToken:
			depth++
		case core.EndToken:
			if depth--; depth < 0 {
				return d.wrong("a value")
			}
		}
		if depth == 0 {
			return nil
		}
	}
}

// Bool reads a bool.
func (d *Decoder) Bool() (bool, error) {
	err := d.want("a bool", core.BoolToken)
	return d.t.Bool, err
}

// Int reads an int of at most 64 bits.
func (d *Decoder) Int() (int64, error) {
	if d.peek() == nil && d.t.Kind == core.BigToken {
		d.err = mismatch("an int beyond 64 bits does not fit in int64")
	}
	err := d.want("an int", core.IntToken)
	return d.t.Int, err
}

// Float reads a float, or an int that a float holds exactly.
func (d *Decoder) Float() (float64, error) {
	if err := d.want("a float", core.FloatToken, core.IntToken); err != nil {
		return 0, err
	}
	if d.t.Kind == core.FloatToken {
		return d.t.Float, nil
	}
	f := float64(d.t.Int)
	if f >= math.MaxInt64 || int64(f) != d.t.Int {
		d.err = mismatch("the int %d does not fit in float64 exactly", d.t.Int)
	}
	return f, d.err
}

// Text reads text, the name of a symbol, or bytes as they are.
func (d *Decoder) Text() (string, error) {
	if err := d.want("text", core.TextToken, core.SymbolToken, core.BytesToken); err != nil {
		return "", err
	}
	return string(d.t.Bytes), nil
}

// Bytes reads bytes, or text as UTF-8. They are valid until the next call of
// any method.
func (d *Decoder) Bytes() ([]byte, error) {
	if err := d.want("bytes", core.BytesToken, core.TextToken); err != nil {
		return nil, err
	}
	return d.t.Bytes, nil
}
