// Package bert reads and writes BERT: Erlang's External Term Format with the
// few tags that every BERT library knows, and the {bert, ...} tuples for what
// Erlang has no term for.
//
// A value is one term without the magic byte 131 in front: Open takes it off a
// message, and inflates compressed terms. Every tag that carries data is read;
// written are the tags 97 to 100 and 104 to 111 only, which Scan calls strict.
// docs/values.md tells the form of each kind of value.
package bert

import (
	"sync"

	"github.com/fondaco/fondaco/core"
)

// Codec is BERT as a core.Codec; it is a core.Scanner too. Its readers and
// writers come from a pool: whoever has a method Release called on them gives
// them back.
var Codec core.Codec = &codec{}

type codec struct{ readers, writers sync.Pool }

// Name returns "bert".
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

const name = "bert"

// Magic is the byte in front of the term of a message.
const Magic = 131

// The tags of the External Term Format that are known here.
const (
	tagNewFloat      = 70
	tagBitBinary     = 77
	tagCompressed    = 80
	tagCachedAtom    = 82
	tagSmallInt      = 97
	tagInt           = 98
	tagFloat         = 99
	tagAtom          = 100
	tagSmallTuple    = 104
	tagLargeTuple    = 105
	tagNil           = 106
	tagString        = 107
	tagList          = 108
	tagBinary        = 109
	tagSmallBig      = 110
	tagLargeBig      = 111
	tagSmallAtom     = 115
	tagMap           = 116
	tagAtomUTF8      = 118
	tagSmallAtomUTF8 = 119
)

// channelAtom marks the pair that stands for a channel.
const channelAtom = "$channel"

// floatSize is the size of the text of a float, padded with NULs.
const floatSize = 31

// frame is an open container of a reader.
type frame struct {
	kind frameKind
	left int // values still to come; a pair counts two
}

type frameKind uint8

const (
	topFrame    frameKind = iota // around the value
	plainFrame                   // a tuple, or a native map: nothing after the last value
	stringFrame                  // a list as a string of small integers
	listFrame                    // a list: tag 106 after the last value
	dictFrame                    // the list of a {bert, dict, ...}: as listFrame, and a pair header before each key
)
