// Package bound holds what all codecs share: the defaults of the limits, the
// checks a reader makes before it believes a count, the order of the tokens a
// writer is given, and the errors of both.
package bound

import (
	"fmt"

	"github.com/fondaco/fondaco/core"
)

// The defaults of core.Limits.
const (
	DefaultBytes    = 16 << 20
	DefaultDepth    = 128
	DefaultElements = 1 << 20
)

// InlineDepth is how deep readers and writers nest before their stack is
// allocated.
const InlineDepth = 32

// Fill returns l with the default in every field that is zero.
func Fill(l core.Limits) core.Limits {
	if l.Bytes <= 0 {
		l.Bytes = DefaultBytes
	}
	if l.Depth <= 0 {
		l.Depth = DefaultDepth
	}
	if l.Elements <= 0 {
		l.Elements = DefaultElements
	}
	if l.Inflate <= 0 {
		l.Inflate = l.Bytes
	}
	return l
}

// Malformed returns the error of a reader: a protocol error that names the
// codec and the offset.
func Malformed(codec string, pos int, format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	return core.NewError(core.KindProtocol, fmt.Sprintf("%s: byte %d: %s", codec, pos, text))
}

// Short returns the error for data that end in the middle of a value.
func Short(codec string, pos int) error {
	return Malformed(codec, pos, "the data end inside a value")
}

// TooDeep returns the error for containers nested beyond the limit.
func TooDeep(codec string, pos, depth int) error {
	return Malformed(codec, pos, "containers are nested more than %d deep", depth)
}

// TooLong returns the error for a value of more bytes than the limit.
func TooLong(codec string, limit int) error {
	return Malformed(codec, limit, "the value is longer than %d bytes", limit)
}

// Count checks that a container may hold n more elements of at least one byte
// each, when left bytes follow, and takes them from budget.
func Count(codec string, pos int, n uint64, left int, budget *int) error {
	if n > uint64(left) {
		return Malformed(codec, pos, "a container of %d elements, but only %d bytes follow", n, left)
	}
	if n > uint64(*budget) {
		return Malformed(codec, pos, "more elements than the limit allows (%d over)", n-uint64(*budget))
	}
	*budget -= int(n)
	return nil
}

// Unencodable returns the error of a writer whose codec has no form for a
// value: a user error, since it was a plugin or a caller that made the value.
func Unencodable(codec, format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	return &core.Error{Kind: core.KindUser, Class: "UnencodableValue", Message: codec + ": " + text}
}
