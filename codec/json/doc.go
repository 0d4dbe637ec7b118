// Package json reads and writes JSON (RFC 8259), with one-member objects such
// as {"$bytes": "AQI="} for the kinds of value that JSON has no type for.
//
// Objects whose first member has one of the names $bytes, $time, $regex,
// $channel, $symbol, $tuple or $map are such forms, and must have no other
// member. The reader is strict: invalid UTF-8, lone surrogates, numbers that
// overflow and white space beyond RFC 8259's are errors; members of one name
// are all passed on. docs/values.md tells the form of each kind of value.
package json

import (
	"encoding/base64"
	"sync"

	"github.com/fondaco/fondaco/core"
)

// Codec is JSON as a core.Codec; it is a core.Scanner too. Its readers and
// writers come from a pool: whoever has a method Release called on them gives
// them back.
var Codec core.Codec = shared

var shared = &codec{}

type codec struct{ readers, writers sync.Pool }

// Name returns "json".
func (c *codec) Name() string { return name }

// NewReader returns a reader.
func (c *codec) NewReader() core.TokenReader { return c.reader() }

func (c *codec) reader() *reader {
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

const name = "json"

// MaxBig bounds the magnitude of an integer in bytes, since the time to turn
// it into decimal digits and back grows faster than its length.
const MaxBig = 4096

// maxDigits bounds the digits of an integer, a little above MaxBig's.
const maxDigits = 9_870

var base = base64.StdEncoding.Strict()

// form is a kind of object that stands for something else.
type form uint8

const (
	noForm form = iota
	bytesForm
	timeForm
	regexForm
	channelForm
	symbolForm
	tupleForm
	mapForm
)

// formOf returns the form that an object is whose first member has this name.
func formOf(key []byte) form {
	if len(key) < 4 || key[0] != '$' {
		return noForm
	}
	switch string(key) {
	case "$bytes":
		return bytesForm
	case "$time":
		return timeForm
	case "$regex":
		return regexForm
	case "$channel":
		return channelForm
	case "$symbol":
		return symbolForm
	case "$tuple":
		return tupleForm
	case "$map":
		return mapForm
	}
	return noForm
}
