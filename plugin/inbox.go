package plugin

import (
	"encoding/binary"
	"fmt"

	"github.com/fondaco/fondaco/wire/frame"
)

// The sizes of an inbox.
const (
	inboxRoom = 128 << 10 // offered to one read
	inboxKeep = 1 << 20   // a larger buffer is given up once it is empty
)

// inbox cuts what was read into frames. One goroutine owns it. Unlike
// frame.Buffer it can be left behind: whoever takes over continues with rest,
// and the frames cut so far stay as they are.
type inbox struct {
	data       []byte
	start, end int
}

// newInbox returns an inbox that begins with a copy of rest.
func newInbox(rest []byte) *inbox {
	b := &inbox{data: make([]byte, len(rest)+inboxRoom)}
	b.end = copy(b.data, rest)
	return b
}

// rest is what was read and not cut yet.
func (b *inbox) rest() []byte { return b.data[b.start:b.end] }

// room returns space to read into. It overwrites the frames cut so far.
func (b *inbox) room() []byte {
	if b.start == b.end {
		b.start, b.end = 0, 0
		if len(b.data) > inboxKeep {
			b.data = make([]byte, inboxRoom)
		}
	}
	if len(b.data)-b.end < inboxRoom/2 && b.start > 0 {
		b.end = copy(b.data, b.data[b.start:b.end])
		b.start = 0
	}
	if len(b.data)-b.end < inboxRoom/2 {
		grown := make([]byte, 2*len(b.data))
		b.end = copy(grown, b.data[b.start:b.end])
		b.start, b.data = 0, grown
	}
	return b.data[b.end:]
}

// next cuts off a frame; ok is false while it is not complete. An error is
// final.
func (b *inbox) next() (id uint32, message []byte, ok bool, err error) {
	have := b.rest()
	if len(have) < frame.HeadLen {
		return 0, nil, false, nil
	}
	n := int(binary.BigEndian.Uint32(have))
	if n < 5 || n > frame.DefaultLimit {
		return 0, nil, false, fmt.Errorf("%w: length %d", frame.ErrMalformed, n)
	}
	if len(have) < 4+n {
		return 0, nil, false, nil
	}
	b.start += 4 + n
	return binary.BigEndian.Uint32(have[4:]), have[frame.HeadLen : 4+n], true, nil
}
