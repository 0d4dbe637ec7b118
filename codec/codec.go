// Package codec moves values between codecs without building them: a reader
// drives a writer, token by token. The codecs are the packages bert, cbor and
// json below it; package value turns values into Go's own and back.
package codec

import (
	"io"
	"sync"

	"github.com/fondaco/fondaco/core"
)

// errEmpty is returned for the body of a cast's reply, which is no value.
var errEmpty = core.NewError(core.KindProtocol, "there is no value to read")

// Transcode appends the value of src, as codec to has it, to dst. A body of
// the same codec is copied when it is strict, else rewritten. It allocates
// nothing once its readers and writers exist and dst has room.
//
// It fails with core.ErrProtocol when src is malformed or over a limit, and
// with a user error when the other codec has no form for the value. dst keeps
// its contents then.
func Transcode(dst []byte, src core.Body, to core.Codec, opts core.ReadOptions) ([]byte, error) {
	if src.Codec == nil {
		return dst, errEmpty
	}
	if src.Strict && src.Codec == to {
		return append(dst, src.Data...), nil
	}
	r, w := src.Codec.NewReader(), to.NewWriter()
	r.Reset(src.Data, opts)
	w.Reset(dst)
	err := Copy(w, r)
	out := dst
	if err == nil {
		out, err = w.Bytes()
	}
	Release(r)
	Release(w)
	if err != nil {
		return dst, err
	}
	return out, nil
}

// Copy writes the tokens of r, up to io.EOF, to w. The caller has called both
// their Resets, and calls w.Bytes.
func Copy(w core.TokenWriter, r core.TokenReader) error {
	t := tokens.Get().(*core.Token)
	defer func() {
		t.Bytes = nil
		tokens.Put(t)
	}()
	for {
		if err := r.Next(t); err != nil {
			if err == io.EOF {
				return nil
			}
			return err
		}
		if err := w.Put(t); err != nil {
			return err
		}
	}
}

// tokens saves Copy an allocation: what is given to an interface's method
// cannot live on the stack.
var tokens = sync.Pool{New: func() any { return new(core.Token) }}

// Release gives a reader or a writer back to its codec, where the codec keeps
// them; nobody may use it afterwards.
func Release(readerOrWriter any) {
	if r, ok := readerOrWriter.(interface{ Release() }); ok {
		r.Release()
	}
}

// Scan finds and checks the value at the start of data, which is left in rest,
// as a Body that shares the memory of data. It fails as core.Scanner does.
func Scan(c core.Codec, data []byte, limits core.Limits) (body core.Body, rest []byte, err error) {
	s, ok := c.(core.Scanner)
	if !ok {
		return core.Body{}, nil, core.NewError(core.KindProtocol, c.Name()+": the codec cannot find the end of a value")
	}
	n, strict, err := s.Scan(data, limits)
	if err != nil {
		return core.Body{}, nil, err
	}
	return core.Body{Codec: c, Data: data[:n:n], Strict: strict}, data[n:], nil
}

// Whole is Scan for data that hold one value and nothing else.
func Whole(c core.Codec, data []byte, limits core.Limits) (core.Body, error) {
	body, rest, err := Scan(c, data, limits)
	if err == nil && len(rest) > 0 {
		return core.Body{}, core.NewError(core.KindProtocol, c.Name()+": more bytes follow the value")
	}
	return body, err
}
