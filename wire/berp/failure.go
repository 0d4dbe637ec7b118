package berp

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/fondaco/fondaco/codec/bert"
	"github.com/fondaco/fondaco/codec/value"
	"github.com/fondaco/fondaco/core"
)

// Failure is what an answer {error, ...} says: {Type, Code, Class, Detail,
// Backtrace}.
type Failure struct {
	Type      string // "user", "server" or "protocol"
	Code      int
	Class     string // the exception's
	Detail    string
	Backtrace []string // innermost frame first
}

// maxTrace bounds the lines that are taken of a backtrace.
const maxTrace = 256

// ParseFailure reads the term of an error, a tuple or a list. Class and
// Backtrace may be missing: servers of old send {Type, Code, Detail}. It
// reports false for a term of another form.
func ParseFailure(term []byte) (Failure, bool) {
	var v any
	if err := value.Unmarshal(core.Body{Codec: bert.Codec, Data: term}, &v); err != nil {
		return Failure{}, false
	}
	fields, ok := v.([]any)
	if tuple, is := v.(value.Tuple); is {
		fields, ok = tuple, true
	}
	if !ok || len(fields) < 3 || len(fields) > 5 {
		return Failure{}, false
	}
	code, _ := fields[1].(int64)
	f := Failure{Type: text(fields[0]), Code: int(code), Detail: text(fields[2])}
	if len(fields) > 3 {
		f.Class, f.Detail = f.Detail, text(fields[3])
	}
	if len(fields) > 4 {
		lines, _ := fields[4].([]any)
		for _, line := range lines[:min(len(lines), maxTrace)] {
			f.Backtrace = append(f.Backtrace, text(line))
		}
	}
	return f, true
}

// text returns an atom or a binary as valid UTF-8.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case value.Symbol:
		return string(v)
	case []byte:
		return strings.ToValidUTF8(string(v), "\uFFFD")
	case nil:
		return ""
	}
	return fmt.Sprint(v)
}

// AppendFailure appends the term of an error with all its elements.
func AppendFailure(dst []byte, f Failure) []byte {
	dst = appendAtom(append(dst, tagSmallTuple, 5), f.Type)
	if f.Code >= 0 && f.Code <= math.MaxUint8 {
		dst = append(dst, tagSmallInt, byte(f.Code))
	} else {
		code := max(math.MinInt32, min(math.MaxInt32, f.Code))
		dst = binary.BigEndian.AppendUint32(append(dst, tagInt), uint32(int32(code)))
	}
	dst = appendBinary(appendBinary(dst, f.Class), f.Detail)
	if len(f.Backtrace) > 0 {
		dst = binary.BigEndian.AppendUint32(append(dst, tagList), uint32(len(f.Backtrace)))
		for _, line := range f.Backtrace {
			dst = appendBinary(dst, line)
		}
	}
	return append(dst, tagNil)
}

func appendBinary(dst []byte, text string) []byte {
	dst = slices.Grow(dst, 5+len(text))
	dst = binary.BigEndian.AppendUint32(append(dst, tagBinary), uint32(len(text)))
	return append(dst, text...)
}
