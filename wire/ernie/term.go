//go:build unix

package ernie

import (
	"encoding/binary"
	"strings"

	"github.com/fondaco/fondaco/codec/bert"
	"github.com/fondaco/fondaco/core"
)

// atom reads an atom at the start of term.
func atom(term []byte) (name string, rest []byte, ok bool) {
	if len(term) < 3 || term[0] != tagAtom {
		return "", nil, false
	}
	n := int(binary.BigEndian.Uint16(term[1:]))
	if len(term) < 3+n {
		return "", nil, false
	}
	return string(term[3 : 3+n]), term[3+n:], true
}

// container opens a tuple, or a list where want says so, and returns the
// number of its elements and what follows its head.
func container(term []byte, want byte) (n int, rest []byte, ok bool) {
	switch {
	case len(term) >= 2 && term[0] == tagSmallTuple && want == tagSmallTuple:
		return int(term[1]), term[2:], true
	case len(term) >= 5 && (term[0] == tagList || term[0] == tagLargeTuple && want == tagSmallTuple):
		return int(binary.BigEndian.Uint32(term[1:])), term[5:], true
	}
	return 0, nil, false
}

// elements returns the elements of a tuple or list, at most size of them;
// those that are missing are nil.
func elements(term []byte, size int) ([][]byte, bool) {
	n, rest, ok := container(term, tagSmallTuple)
	if !ok || n > size {
		return nil, false
	}
	all := make([][]byte, size)
	for i := range n {
		length, _, err := bert.Scan(rest, core.Limits{})
		if err != nil {
			return nil, false
		}
		all[i], rest = rest[:length], rest[length:]
	}
	return all, true
}

// text returns what a binary or a string holds, as valid UTF-8.
func text(term []byte) (string, bool) {
	var head int
	var n uint32
	switch {
	case len(term) >= 5 && term[0] == tagBinary:
		head, n = 5, binary.BigEndian.Uint32(term[1:])
	case len(term) >= 3 && term[0] == tagString:
		head, n = 3, uint32(binary.BigEndian.Uint16(term[1:]))
	case len(term) == 1 && term[0] == tagNil:
		return "", true
	default:
		return "", false
	}
	if uint64(len(term)-head) < uint64(n) {
		return "", false
	}
	return strings.ToValidUTF8(string(term[head:head+int(n)]), "\uFFFD"), true
}

func integer(term []byte) (int, bool) {
	switch {
	case len(term) == 2 && term[0] == tagSmallInt:
		return int(term[1]), true
	case len(term) == 5 && term[0] == tagInt:
		return int(int32(binary.BigEndian.Uint32(term[1:]))), true
	}
	return 0, false
}
