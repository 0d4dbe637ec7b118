package frame

import (
	"encoding/binary"
	"fmt"
	"math"
)

// The major types of CBOR (RFC 8949, section 3.1).
const (
	majorUint   = 0
	majorNegint = 1
	majorBytes  = 2
	majorText   = 3
	majorArray  = 4
	majorMap    = 5
	majorTag    = 6
	majorSimple = 7
)

const (
	breakByte  = 0xff
	cborFalse  = 0xf4
	cborTrue   = 0xf5
	indefinite = 31 // the low bits of a head without a length
	maxNesting = 64 // containers without a length inside each other
)

// appendHead appends the shortest head of the given major type and argument.
func appendHead(dst []byte, major byte, n uint64) []byte {
	major <<= 5
	switch {
	case n < 24:
		return append(dst, major|byte(n))
	case n <= math.MaxUint8:
		return append(dst, major|24, byte(n))
	case n <= math.MaxUint16:
		return append(dst, major|25, byte(n>>8), byte(n))
	case n <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(dst, major|26), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(dst, major|27), n)
}

func appendText[T string | []byte](dst []byte, s T) []byte {
	return append(appendHead(dst, majorText, uint64(len(s))), s...)
}

// cursor walks over CBOR. Every method checks what is left before it moves.
type cursor struct {
	data []byte
	pos  int
}

func (c *cursor) fail(what string) error {
	return fmt.Errorf("%w: %s at byte %d of the message", ErrMalformed, what, c.pos)
}

// head reads one head. length is false for a container or string without one,
// and for the break byte.
func (c *cursor) head() (major byte, n uint64, length bool, err error) {
	if c.pos >= len(c.data) {
		return 0, 0, false, c.fail("ends early")
	}
	b := c.data[c.pos]
	major, low := b>>5, b&31
	if low < 24 {
		c.pos++
		return major, uint64(low), true, nil
	}
	rest := c.data[c.pos+1:]
	switch {
	case low == 24 && len(rest) >= 1:
		n = uint64(rest[0])
		c.pos += 2
	case low == 25 && len(rest) >= 2:
		n = uint64(binary.BigEndian.Uint16(rest))
		c.pos += 3
	case low == 26 && len(rest) >= 4:
		n = uint64(binary.BigEndian.Uint32(rest))
		c.pos += 5
	case low == 27 && len(rest) >= 8:
		n = binary.BigEndian.Uint64(rest)
		c.pos += 9
	case low == indefinite && (major >= majorBytes && major <= majorMap || major == majorSimple):
		c.pos++
		return major, 0, false, nil
	case low <= 27:
		return 0, 0, false, c.fail("ends early")
	default:
		return 0, 0, false, c.fail("has a reserved head")
	}
	return major, n, true, nil
}

// string reads a string of the given major type.
func (c *cursor) string(want byte) ([]byte, error) {
	at := c.pos
	major, n, length, err := c.head()
	if err != nil {
		return nil, err
	}
	if major != want || !length {
		c.pos = at
		return nil, c.fail("has the wrong type")
	}
	if n > uint64(len(c.data)-c.pos) {
		return nil, c.fail("ends early")
	}
	s := c.data[c.pos : c.pos+int(n)]
	c.pos += int(n)
	return s, nil
}

// lenient reads a text, or bytes in its place: messages of exceptions come in
// any encoding.
func (c *cursor) lenient() ([]byte, error) {
	if c.pos < len(c.data) && c.data[c.pos]>>5 == majorBytes {
		return c.string(majorBytes)
	}
	return c.string(majorText)
}

func (c *cursor) uint(limit uint64) (uint64, error) {
	at := c.pos
	major, n, _, err := c.head()
	if err != nil {
		return 0, err
	}
	if major != majorUint || n > limit {
		c.pos = at
		return 0, c.fail("has the wrong type or a number out of range")
	}
	return n, nil
}

func (c *cursor) bool() (bool, error) {
	if c.pos < len(c.data) {
		switch c.data[c.pos] {
		case cborTrue, cborFalse:
			c.pos++
			return c.data[c.pos-1] == cborTrue, nil
		}
	}
	return false, c.fail("has the wrong type")
}

// atBreak reports whether the next byte closes a container without a length,
// and moves over it.
func (c *cursor) atBreak() bool {
	if c.pos < len(c.data) && c.data[c.pos] == breakByte {
		c.pos++
		return true
	}
	return false
}

// raw returns the next value as it stands.
func (c *cursor) raw() ([]byte, error) {
	at := c.pos
	if err := c.skip(0); err != nil {
		return nil, err
	}
	return c.data[at:c.pos], nil
}

// skip moves over one well-formed value. Containers with a length need no
// stack: their elements are added to those still to come.
func (c *cursor) skip(depth int) error {
	for left := uint64(1); left > 0; {
		left--
		major, n, length, err := c.head()
		if err != nil {
			return err
		}
		room := uint64(len(c.data) - c.pos)
		switch {
		case major == majorBytes || major == majorText:
			if length {
				if n > room {
					return c.fail("ends early")
				}
				c.pos += int(n)
				continue
			}
			err = c.skipOpen(major, depth)
		case major == majorArray || major == majorMap:
			if !length {
				err = c.skipOpen(major, depth)
			} else if n > room {
				err = c.fail("ends early")
			} else {
				left += n << (major - majorArray)
			}
		case major == majorTag:
			left++
		case !length:
			err = c.fail("has a break out of place")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// skipOpen moves to the end of a string or container without a length.
func (c *cursor) skipOpen(major byte, depth int) error {
	if depth == maxNesting {
		return c.fail("is nested too deep")
	}
	for !c.atBreak() {
		var err error
		switch major {
		case majorMap:
			if err = c.skip(depth + 1); err == nil {
				err = c.skip(depth + 1)
			}
		case majorArray:
			err = c.skip(depth + 1)
		default:
			_, err = c.string(major)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
