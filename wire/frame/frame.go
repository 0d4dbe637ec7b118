// Package frame reads and writes the frames and envelopes of the wire
// `fondaco`, which docs/protocol.md specifies. Both ends use it: the host, and
// the Go library for workers.
//
// Values (arguments, results) are never looked into: they are delimited and
// handed on as the bytes they are. Appending and parsing allocate nothing but
// room for the result.
package frame

import "errors"

// Kind is the first element of a message.
type Kind uint8

// The kinds of message.
const (
	Hello Kind = iota
	Call
	Cast
	Reply
	Error
	Cancel
	Bye
	Chunk
	End
	Credit
)

const (
	// Version is what hello says.
	Version = 1
	// HeadLen is the size of what goes before a message: length and id.
	HeadLen = 8
	// DefaultLimit bounds id and message of one frame.
	DefaultLimit = 64<<20 + 4
	// MaxChunk bounds the bytes of one chunk of a stream.
	MaxChunk = 64 << 10
	// WorkerBit is set in the ids of calls that a worker makes, and clear in
	// those of the host.
	WorkerBit = 1 << 31
)

// minLength is what the length field of a frame says at least: an id and one
// byte.
const minLength = 5

// ErrMalformed is wrapped by the errors for bytes that are no frame, or a
// frame that is no message.
var ErrMalformed = errors.New("malformed frame")

// ErrTooLong is wrapped by the errors for frames over the limit.
var ErrTooLong = errors.New("frame too long")

// Options are the fifth element of a call or cast.
type Options struct {
	Guard  bool   // ask the predicate first
	In     bool   // chunks will follow
	Out    int    // so many chunks may be sent at once; 0: the caller takes no stream
	Parent uint32 // the host's call that the worker is working on; 0: none
}

// Message is one frame, taken apart. Only the fields named at its kind mean
// anything; slices alias the frame.
type Message struct {
	ID   uint32
	Kind Kind

	Module   []byte // Call, Cast: text
	Function []byte // Call, Cast: text
	Args     []byte // Call, Cast: one CBOR value that begins as an array; not checked further
	Options  Options

	Value []byte // Hello, Reply: one CBOR value, not checked; Chunk: the bytes

	Word      []byte // Error: the kind's word
	Class     []byte // Error: text, may be missing
	Text      []byte // Error: the message, may be missing
	Backtrace []byte // Error: an array of texts in CBOR, may be missing; see Backtrace

	Credit int // Credit: chunks granted
}
