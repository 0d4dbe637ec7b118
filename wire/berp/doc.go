// Package berp is the messages of BERT-RPC 1.0 (bert-rpc.org) as bytes, for
// both of its sides: the door and Ernie's workers take requests, the client
// and the wire to those workers make them.
//
// A message is a BERP: a length of four bytes, big-endian, and that many bytes,
// which are the byte 131 and one term. Requests are {call, Module, Function,
// Arguments}, {cast, ...} and {info, Command, Options}; answers are {reply,
// Term}, {noreply} and {error, {Type, Code, Class, Detail, Backtrace}}.
package berp

// HeadSize is that of the length in front of a message.
const HeadSize = 4

// The tags that messages are made of.
const (
	tagSmallInt      = 97
	tagInt           = 98
	tagAtom          = 100
	tagSmallTuple    = 104
	tagLargeTuple    = 105
	tagNil           = 106
	tagString        = 107
	tagList          = 108
	tagBinary        = 109
	tagSmallAtom     = 115
	tagAtomUTF8      = 118
	tagSmallAtomUTF8 = 119
)
