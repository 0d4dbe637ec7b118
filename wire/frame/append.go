package frame

import "encoding/binary"

// Begin appends the head of a frame with the given id, its length still
// missing. The message goes behind it, and Finish completes it.
func Begin(dst []byte, id uint32) []byte {
	return binary.BigEndian.AppendUint32(append(dst, 0, 0, 0, 0), id)
}

// Finish fills in the length of the frame that begins at start and goes to
// the end of buf. It reports false when the frame is longer than limit.
func Finish(buf []byte, start, limit int) bool {
	n := len(buf) - start - 4
	binary.BigEndian.PutUint32(buf[start:], uint32(n))
	return n <= limit
}

// BeginCall appends a frame up to the arguments, which the caller appends: one
// CBOR array. EndCall completes it, with the same options.
func BeginCall[T string | []byte](dst []byte, kind Kind, id uint32, module, function T, o Options) []byte {
	n := uint64(4)
	if o != (Options{}) {
		n++
	}
	dst = appendHead(Begin(dst, id), majorArray, n)
	dst = append(dst, byte(kind))
	return appendText(appendText(dst, module), function)
}

// EndCall appends the options behind the arguments of the call whose frame
// begins at start. It reports false when the frame is longer than limit.
func EndCall(buf []byte, start int, o Options, limit int) ([]byte, bool) {
	if o != (Options{}) {
		buf = appendOptions(buf, o)
	}
	return buf, Finish(buf, start, limit)
}

func appendOptions(dst []byte, o Options) []byte {
	head := len(dst)
	dst = append(dst, majorMap<<5)
	if o.Guard {
		dst = append(appendText(dst, "guard"), cborTrue)
		dst[head]++
	}
	if o.In {
		dst = append(appendText(dst, "in"), cborTrue)
		dst[head]++
	}
	if o.Out > 0 {
		dst = appendHead(appendText(dst, "out"), majorUint, uint64(o.Out))
		dst[head]++
	}
	if o.Parent != 0 {
		dst = appendHead(appendText(dst, "parent"), majorUint, uint64(o.Parent))
		dst[head]++
	}
	return dst
}

// AppendReply appends a reply; value is one CBOR value.
func AppendReply(dst []byte, id uint32, value []byte) []byte {
	start := len(dst)
	dst = append(Begin(dst, id), majorArray<<5|2, byte(Reply))
	return closed(append(dst, value...), start)
}

// AppendError appends an error. The texts must be valid UTF-8.
func AppendError(dst []byte, id uint32, word, class, message string, backtrace []string) []byte {
	start := len(dst)
	dst = append(Begin(dst, id), majorArray<<5|5, byte(Error))
	dst = appendText(appendText(appendText(dst, word), class), message)
	dst = appendHead(dst, majorArray, uint64(len(backtrace)))
	for _, line := range backtrace {
		dst = appendText(dst, line)
	}
	return closed(dst, start)
}

// AppendBare appends a message without further elements: Cancel, Bye or End.
func AppendBare(dst []byte, kind Kind, id uint32) []byte {
	start := len(dst)
	return closed(append(Begin(dst, id), majorArray<<5|1, byte(kind)), start)
}

// AppendChunk appends a chunk of 1 to MaxChunk bytes.
func AppendChunk(dst []byte, id uint32, chunk []byte) []byte {
	start := len(dst)
	dst = append(Begin(dst, id), majorArray<<5|2, byte(Chunk))
	return closed(append(appendHead(dst, majorBytes, uint64(len(chunk))), chunk...), start)
}

// AppendCredit appends the grant of n more chunks.
func AppendCredit(dst []byte, id uint32, n int) []byte {
	start := len(dst)
	dst = append(Begin(dst, id), majorArray<<5|2, byte(Credit))
	return closed(appendHead(dst, majorUint, uint64(n)), start)
}

func closed(buf []byte, start int) []byte {
	Finish(buf, start, DefaultLimit)
	return buf
}
