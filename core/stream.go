package core

import "context"

// Source is the receiving end of a stream. One goroutine at a time may use it.
type Source interface {
	// Next returns the next chunk, valid until the following call, or io.EOF
	// after the last one.
	Next(ctx context.Context) ([]byte, error)
}

// Sink is the sending end of a stream. One goroutine at a time may use it.
// The stream ends when the Handle that was given the sink returns.
type Sink interface {
	// Send passes chunk on and blocks while the receiver has no room. It does
	// not keep chunk.
	Send(ctx context.Context, chunk []byte) error
}

// MaxChunk bounds one chunk of a stream; senders cut longer ones.
const MaxChunk = 64 << 10
