package frame

import (
	"encoding/binary"
	"fmt"
)

const (
	minRead = 64 << 10  // room offered to a read
	keep    = 256 << 10 // a larger buffer is given up once it is empty
)

// Buffer collects what is read from a socket and cuts it into frames. It grows
// as data arrive, never by what a frame says of its length. The zero Buffer
// accepts frames of up to DefaultLimit. It is not safe for concurrent use.
type Buffer struct {
	Limit      int // longest id and message accepted; 0: DefaultLimit
	data       []byte
	start, end int // data[start:end] was read and not yet cut
}

// Room returns the space to read into next. It invalidates the messages that
// Next returned.
func (b *Buffer) Room() []byte {
	switch {
	case b.start == b.end:
		b.start, b.end = 0, 0
		if len(b.data) > keep {
			b.data = nil
		}
	case len(b.data)-b.end < minRead && b.start > 0:
		b.end = copy(b.data, b.data[b.start:b.end])
		b.start = 0
	}
	if len(b.data)-b.end < minRead {
		grown := make([]byte, 2*len(b.data)+minRead)
		b.end = copy(grown, b.data[b.start:b.end])
		b.start, b.data = 0, grown
	}
	return b.data[b.end:]
}

// Filled says that the first n bytes of Room were read.
func (b *Buffer) Filled(n int) { b.end += n }

// Buffered returns how many bytes were read and not yet cut.
func (b *Buffer) Buffered() int { return b.end - b.start }

// Next cuts off the next frame. The message aliases the buffer and is valid
// until Room is called. ok is false while the frame is not complete. An error,
// which wraps ErrMalformed or ErrTooLong, is final: the socket must be closed.
func (b *Buffer) Next() (id uint32, message []byte, ok bool, err error) {
	have := b.data[b.start:b.end]
	if len(have) < 4 {
		return 0, nil, false, nil
	}
	limit := b.Limit
	if limit == 0 {
		limit = DefaultLimit
	}
	n := binary.BigEndian.Uint32(have)
	if n < minLength {
		return 0, nil, false, fmt.Errorf("%w: its length is %d, at least %d are needed", ErrMalformed, n, minLength)
	}
	if int64(n) > int64(limit) {
		return 0, nil, false, fmt.Errorf("%w: %d bytes, %d are allowed", ErrTooLong, n, limit)
	}
	if len(have)-4 < int(n) {
		return 0, nil, false, nil
	}
	b.start += 4 + int(n)
	return binary.BigEndian.Uint32(have[4:]), have[HeadLen : 4+n], true, nil
}
