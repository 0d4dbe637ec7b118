// Package cbor reads and writes CBOR (RFC 8949), with tags for the kinds of
// value that CBOR has no type for.
//
// Definite and indefinite lengths are read, definite ones written: that is what
// the smallest codec of a worker can read. Of a tag that is not known here the
// value inside is read. docs/values.md tells the form of each kind of value.
package cbor

import (
	"sync"

	"github.com/fondaco/fondaco/core"
)

// The tags that carry a meaning here. The first five are standard, the others
// are Fondaco's own, from the range that needs no registration by review.
const (
	TagTimeText = 0     // over text: RFC 3339; read only
	TagTime     = 1     // over an integer or a float: seconds since 1970
	TagBig      = 2     // over bytes: an integer's magnitude
	TagNegative = 3     // over bytes: n, for the integer -1-n
	TagSymbol   = 39    // over text
	TagTuple    = 64001 // over an array
	TagRegex    = 64002 // over [source, [option word, ...]]
	TagChannel  = 64003 // over an unsigned integer: the channel's id
)

// Codec is CBOR as a core.Codec; it is a core.Scanner too. Its readers and
// writers come from a pool: whoever has a method Release called on them gives
// them back.
var Codec core.Codec = &codec{}

type codec struct{ readers, writers sync.Pool }

// Name returns "cbor".
func (c *codec) Name() string { return name }

// NewReader returns a reader.
func (c *codec) NewReader() core.TokenReader {
	if r, ok := c.readers.Get().(*reader); ok {
		return r
	}
	return &reader{pool: &c.readers}
}

// NewWriter returns a writer.
func (c *codec) NewWriter() core.TokenWriter {
	if w, ok := c.writers.Get().(*writer); ok {
		return w
	}
	return &writer{pool: &c.writers}
}

// Scan is the function Scan.
func (c *codec) Scan(data []byte, limits core.Limits) (n int, strict bool, err error) {
	return Scan(data, limits)
}

const name = "cbor"

// The major types, shifted to where they stand in a head.
const (
	majorUint   = 0 << 5
	majorNeg    = 1 << 5
	majorBytes  = 2 << 5
	majorText   = 3 << 5
	majorArray  = 4 << 5
	majorMap    = 5 << 5
	majorTag    = 6 << 5
	majorSimple = 7 << 5
)

// The heads that stand for themselves.
const (
	headFalse     = 0xf4
	headTrue      = 0xf5
	headNil       = 0xf6
	headUndefined = 0xf7
	headFloat16   = 0xf9
	headFloat32   = 0xfa
	headFloat64   = 0xfb
	headBreak     = 0xff
)

// infoIndefinite marks an indefinite length in the low bits of a head.
const infoIndefinite = 31
