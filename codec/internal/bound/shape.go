package bound

import "github.com/fondaco/fondaco/core"

// MaxWriterDepth bounds how deep a writer nests, so that a cyclic value ends
// in an error.
const MaxWriterDepth = 1024

// Frame is one open container of a writer.
type Frame struct {
	Kind  core.TokenKind
	Mode  uint8 // the writer's own
	Len   int   // as announced: elements or pairs, or core.UnknownLen
	Count int   // values put so far; a pair counts two
	At    int   // an offset the writer wants to remember
}

// Shape checks that the tokens given to a writer are one well-formed value.
type Shape struct {
	stack  []Frame
	inline [InlineDepth]Frame
	full   bool // the one value at the top has begun
	codec  string
}

// Reset starts a new value for the named codec.
func (s *Shape) Reset(codec string) {
	s.codec, s.full = codec, false
	if s.stack == nil {
		s.stack = s.inline[:0]
	}
	s.stack = s.stack[:0]
}

// Top returns the innermost open container, or nil. The pointer is valid until
// the next Open.
func (s *Shape) Top() *Frame {
	if len(s.stack) == 0 {
		return nil
	}
	return &s.stack[len(s.stack)-1]
}

// Item accounts for a value in the innermost container, which it returns.
func (s *Shape) Item() (*Frame, error) {
	if len(s.stack) == 0 {
		if s.full {
			return nil, Unencodable(s.codec, "more than one value was written")
		}
		s.full = true
		return nil, nil
	}
	f := &s.stack[len(s.stack)-1]
	f.Count++
	if f.Len >= 0 && f.Count > f.values() {
		return nil, Unencodable(s.codec, "the %s holds more than the %d it announced", f.Kind, f.Len)
	}
	return f, nil
}

// Open begins a container whose Item was accounted for.
func (s *Shape) Open(t *core.Token, at int) error {
	if len(s.stack) >= MaxWriterDepth {
		return Unencodable(s.codec, "containers are nested more than %d deep; does the value contain itself?", MaxWriterDepth)
	}
	s.stack = append(s.stack, Frame{Kind: t.Kind, Len: t.Len, At: at})
	return nil
}

// Close ends the innermost container and returns it.
func (s *Shape) Close() (Frame, error) {
	if len(s.stack) == 0 {
		return Frame{}, Unencodable(s.codec, "an end without a container")
	}
	f := s.stack[len(s.stack)-1]
	if f.Len >= 0 && f.Count != f.values() {
		return f, Unencodable(s.codec, "the %s holds fewer than the %d it announced", f.Kind, f.Len)
	}
	if f.Kind == core.MapToken && f.Count%2 != 0 {
		return f, Unencodable(s.codec, "a map ends with a key that has no value")
	}
	s.stack = s.stack[:len(s.stack)-1]
	return f, nil
}

// Whole fails when the value is missing or not complete.
func (s *Shape) Whole() error {
	if !s.full || len(s.stack) != 0 {
		return Unencodable(s.codec, "the value is not complete")
	}
	return nil
}

func (f *Frame) values() int {
	if f.Kind == core.MapToken {
		return 2 * f.Len
	}
	return f.Len
}
