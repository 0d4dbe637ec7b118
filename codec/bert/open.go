package bert

import (
	"bytes"
	"compress/zlib"
	"io"

	"github.com/fondaco/fondaco/codec/internal/bound"
	"github.com/fondaco/fondaco/core"
)

// Open takes the magic byte off a message and returns the term behind it. A
// compressed term is inflated onto dst, to no more than limits.Inflate bytes;
// else the result is part of message. What is behind the magic byte is not
// looked at: Scan does that.
func Open(dst, message []byte, limits core.Limits) ([]byte, error) {
	if len(message) == 0 {
		return nil, bound.Malformed(name, 0, "an empty message")
	}
	if message[0] != Magic {
		return nil, bound.Malformed(name, 0, "the message begins with byte %d, not with %d", message[0], Magic)
	}
	term := message[1:]
	if len(term) == 0 || term[0] != tagCompressed {
		return term, nil
	}
	if len(term) < 5 {
		return nil, bound.Short(name, 1)
	}
	limit := bound.Fill(limits).Inflate
	size := u32(term[1:])
	if size > uint64(limit) {
		return nil, bound.Malformed(name, 1, "a compressed term of %d bytes, more than the limit of %d", size, limit)
	}
	return inflate(dst, term[5:], int(size))
}

// inflate appends the size bytes that data hold to dst, which grows with what
// is really there.
func inflate(dst, data []byte, size int) ([]byte, error) {
	z, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, bound.Malformed(name, 6, "a compressed term: %v", err)
	}
	out := bytes.NewBuffer(dst)
	n, err := io.Copy(out, io.LimitReader(z, int64(size)+1))
	if err != nil {
		return nil, bound.Malformed(name, 6, "a compressed term: %v", err)
	}
	if n != int64(size) {
		return nil, bound.Malformed(name, 6, "a compressed term is not of the %d bytes it announces", size)
	}
	return out.Bytes()[len(dst):], nil
}
