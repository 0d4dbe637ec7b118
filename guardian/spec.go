//go:build unix

package guardian

import (
	"encoding/binary"
	"errors"
	"syscall"
)

// spec is a Command as it travels to the guardian. The descriptors travel
// beside it: those of the set bits of std, then the rest.
type spec struct {
	path, dir  string
	args, env  []string
	std        byte // bit i: descriptor i is passed, else /dev/null
	credential *syscall.Credential
	nice, oom  int
	limits     []limit
}

// limit is one resource limit, by the kernel's number.
type limit struct {
	resource uint32
	value    uint64
}

var errMalformed = errors.New("guardian: malformed message")

// encode appends s to b. All numbers are big endian; a text is its length in
// four bytes and its bytes; a list is its length in four bytes and its
// elements.
func (s *spec) encode(b []byte) []byte {
	be := binary.BigEndian
	b = appendText(b, s.path)
	b = appendText(b, s.dir)
	for _, list := range [][]string{s.args, s.env} {
		b = be.AppendUint32(b, uint32(len(list)))
		for _, t := range list {
			b = appendText(b, t)
		}
	}
	b = append(b, s.std)
	b = be.AppendUint32(b, uint32(int32(s.nice)))
	b = be.AppendUint32(b, uint32(int32(s.oom)))
	b = be.AppendUint32(b, uint32(len(s.limits)))
	for _, l := range s.limits {
		b = be.AppendUint32(b, l.resource)
		b = be.AppendUint64(b, l.value)
	}
	if c := s.credential; c != nil {
		keep := uint32(0)
		if c.NoSetGroups {
			keep = 1
		}
		for _, n := range append([]uint32{keep, c.Uid, c.Gid, uint32(len(c.Groups))}, c.Groups...) {
			b = be.AppendUint32(b, n)
		}
	}
	return b
}

// decodeSpec reads what encode wrote. Counts are checked against the bytes
// left before anything is allocated.
func decodeSpec(b []byte) (*spec, error) {
	r := reader{b: b}
	s := &spec{path: r.text(), dir: r.text()}
	for _, list := range []*[]string{&s.args, &s.env} {
		n := r.count(4)
		*list = make([]string, 0, n)
		for range n {
			*list = append(*list, r.text())
		}
	}
	s.std = r.byte()
	s.nice, s.oom = int(int32(r.uint32())), int(int32(r.uint32()))
	for range r.count(12) {
		s.limits = append(s.limits, limit{r.uint32(), r.uint64()})
	}
	if len(r.b) > 0 {
		s.credential = &syscall.Credential{NoSetGroups: r.uint32() != 0, Uid: r.uint32(), Gid: r.uint32()}
		for range r.count(4) {
			s.credential.Groups = append(s.credential.Groups, r.uint32())
		}
	}
	if r.bad || len(r.b) > 0 || s.std > 7 {
		return nil, errMalformed
	}
	return s, nil
}

func appendText(b []byte, t string) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(t))), t...)
}

// reader takes values off the front of b. Once something is missing, bad is
// set and all further values are zero.
type reader struct {
	b   []byte
	bad bool
}

// take returns the next n bytes, or nil when there are fewer.
func (r *reader) take(n int) []byte {
	if r.bad || n > len(r.b) {
		r.bad = true
		r.b = nil
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) uint32() uint32 {
	if b := r.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (r *reader) uint64() uint64 {
	if b := r.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

// count returns the length of a list whose elements take at least size bytes.
func (r *reader) count(size int) int {
	n := r.uint32()
	if uint64(n)*uint64(size) > uint64(len(r.b)) {
		r.bad = true
		r.b = nil
		return 0
	}
	return int(n)
}

func (r *reader) text() string {
	n := r.count(1)
	return string(r.take(n))
}
