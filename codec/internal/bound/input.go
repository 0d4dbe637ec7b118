package bound

import (
	"io"

	"github.com/fondaco/fondaco/core"
)

// keepScratch bounds the scratch that is kept between values.
const keepScratch = 64 << 10

// Input is the part of a reader that is the same in every codec: the data, how
// far they are read, and what may still come. F is the codec's open container.
type Input[F any] struct {
	Data     []byte
	Pos      int
	Elements int // still allowed
	Depth    int // of containers, at most
	Begun    bool
	Err      error // what Next answers from now on
	Stack    []F
	Scratch  []byte // of the last token, when the data hold it in another form
	inline   [InlineDepth]F
}

// Start begins to read data, within limits whose zero fields are filled.
func (in *Input[F]) Start(codec string, data []byte, limits core.Limits) {
	limits = Fill(limits)
	in.Data, in.Pos, in.Begun, in.Err = data, 0, false, nil
	in.Elements, in.Depth = limits.Elements, limits.Depth
	if in.Stack == nil {
		in.Stack = in.inline[:0]
	}
	in.Stack = in.Stack[:0]
	if len(data) > limits.Bytes {
		in.Err = TooLong(codec, limits.Bytes)
	}
}

// Over returns what follows the value: io.EOF, or an error when there are more
// bytes.
func (in *Input[F]) Over(codec string) error {
	if in.Pos < len(in.Data) {
		return Malformed(codec, in.Pos, "%d bytes follow the value", len(in.Data)-in.Pos)
	}
	return io.EOF
}

// Forget drops the data, and scratch that has become large.
func (in *Input[F]) Forget() {
	in.Data, in.Err = nil, nil
	in.Scratch = Keep(in.Scratch)
}

// Keep returns scratch for the next value, nil when it has become large.
func Keep(scratch []byte) []byte {
	if cap(scratch) > keepScratch {
		return nil
	}
	return scratch
}
