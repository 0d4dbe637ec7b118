package json

import (
	"io"
	"math"
	"sync"

	"github.com/fondaco/fondaco/codec/internal/bound"
	"github.com/fondaco/fondaco/core"
)

// keepScratch bounds the buffer a reader keeps between values.
const keepScratch = 64 << 10

// frame is an open container of a reader.
type frame struct {
	kind  frameKind
	state state
}

type frameKind uint8

const (
	arrayFrame  frameKind = iota // [...]
	tupleFrame                   // {"$tuple": [...]}
	objectFrame                  // {...}
	pairsFrame                   // {"$map": [[key, value], ...]}
)

// state says what may come next in a container.
type state uint8

const (
	first state = iota // a value, a key or the end
	keyed              // an object's key was read: its value
	later              // a comma or the end
	begun              // an object's first key is at pos, and known to be there
)

// Reader is JSON's core.TokenReader. Containers have no known length.
type Reader struct {
	data     []byte
	pos      int
	elements int // still allowed
	depth    int
	begun    bool
	prefix   bool // the data may go on behind the value
	plain    bool // no form was met that the writer does not write
	err      error
	stack    []frame
	scratch  []byte // of the last token, when the data hold it in another form
	inline   [bound.InlineDepth]frame
	pool     *sync.Pool
}

// Reset is core.TokenReader's.
func (r *Reader) Reset(data []byte, opts core.ReadOptions) {
	limits := bound.Fill(opts.Limits)
	r.data, r.pos, r.err, r.begun, r.prefix, r.plain = data, 0, nil, false, false, true
	r.elements, r.depth = limits.Elements, limits.Depth
	if r.stack == nil {
		r.stack = r.inline[:0]
	}
	r.stack = r.stack[:0]
	if len(data) > limits.Bytes {
		r.err = bound.TooLong(name, limits.Bytes)
	}
}

// Release gives r back to its codec; it must not be used afterwards.
func (r *Reader) Release() {
	r.data, r.err = nil, nil
	if cap(r.scratch) > keepScratch {
		r.scratch = nil
	}
	r.pool.Put(r)
}

// Scan is core.Scanner's: it checks the value at the start of data. White
// space around the value belongs to it. strict says that none of the forms
// $symbol, $tuple and $map occurs.
func Scan(data []byte, limits core.Limits) (n int, strict bool, err error) {
	limits = bound.Fill(limits)
	whole := len(data)
	if whole > limits.Bytes {
		data = data[:limits.Bytes]
	}
	r := shared.reader()
	defer r.Release()
	r.Reset(data, core.ReadOptions{Limits: limits})
	r.prefix = true
	var t core.Token
	for err == nil {
		err = r.Next(&t)
	}
	switch {
	case err == io.EOF:
		return r.pos, r.plain, nil
	case whole > len(data):
		return 0, false, bound.TooLong(name, limits.Bytes)
	}
	return 0, false, err
}

// Next is core.TokenReader's.
func (r *Reader) Next(t *core.Token) error {
	if r.err == nil {
		r.scratch = r.scratch[:0]
		r.err = r.next(t)
	}
	return r.err
}

func (r *Reader) next(t *core.Token) error {
	if len(r.stack) == 0 {
		if !r.begun {
			r.begun = true
			return r.value(t)
		}
		r.space()
		if r.pos < len(r.data) && !r.prefix {
			return r.fail("the end of the value")
		}
		return io.EOF
	}
	f := &r.stack[len(r.stack)-1]
	switch f.kind {
	case objectFrame:
		return r.member(f, t)
	case pairsFrame:
		return r.pair(f, t)
	}
	if f.state == first && r.space() == ']' {
		return r.end(f, t)
	}
	if f.state == later {
		if r.space() == ']' {
			return r.end(f, t)
		}
		if err := r.expect(',', "a comma or a bracket"); err != nil {
			return err
		}
	}
	f.state = later
	return r.element(t)
}

// member reads the next key or value of an object.
func (r *Reader) member(f *frame, t *core.Token) error {
	switch f.state {
	case keyed:
		f.state = later
		if err := r.expect(':', "a colon"); err != nil {
			return err
		}
		return r.element(t)
	case first:
		if r.space() == '}' {
			return r.end(f, t)
		}
	case later:
		if r.space() == '}' {
			return r.end(f, t)
		}
		if err := r.expect(',', "a comma or a brace"); err != nil {
			return err
		}
	}
	f.state = keyed
	if r.space() != '"' {
		return r.fail("a key")
	}
	return r.element(t)
}

// pair reads the next key or value of a {"$map": ...}.
func (r *Reader) pair(f *frame, t *core.Token) error {
	if f.state == keyed {
		f.state = later
		if err := r.expect(',', "the comma in a pair"); err != nil {
			return err
		}
		return r.element(t)
	}
	if f.state == later {
		if err := r.expect(']', "the end of a pair"); err != nil {
			return err
		}
	}
	if r.space() == ']' {
		return r.end(f, t)
	}
	if f.state == later {
		if err := r.expect(',', "a comma or a bracket"); err != nil {
			return err
		}
	}
	if err := r.expect('[', "a pair"); err != nil {
		return err
	}
	f.state = keyed
	return r.element(t)
}

// end closes the container whose last byte is at pos, and the object around
// it when it is a form.
func (r *Reader) end(f *frame, t *core.Token) error {
	r.pos++
	if f.kind == tupleFrame || f.kind == pairsFrame {
		if err := r.closeForm(); err != nil {
			return err
		}
	}
	r.stack = r.stack[:len(r.stack)-1]
	t.Kind = core.EndToken
	return nil
}

func (r *Reader) closeForm() error {
	return r.expect('}', "the end of an object with a $ form, which has one member only,")
}

// element reads a value inside a container.
func (r *Reader) element(t *core.Token) error {
	if err := bound.Count(name, r.pos, 1, 1, &r.elements); err != nil {
		return err
	}
	return r.value(t)
}

func (r *Reader) value(t *core.Token) (err error) {
	switch c := r.space(); {
	case c == '"':
		t.Kind = core.TextToken
		t.Bytes, err = r.text()
		return err
	case c == '{':
		return r.object(t)
	case c == '[':
		return r.open(t, core.ListToken, frame{kind: arrayFrame})
	case c == '-' || c-'0' <= 9:
		return r.number(t)
	case c == 't':
		t.Kind, t.Bool = core.BoolToken, true
		return r.word("true")
	case c == 'f':
		t.Kind, t.Bool = core.BoolToken, false
		return r.word("false")
	case c == 'n':
		t.Kind = core.NilToken
		return r.word("null")
	}
	return r.fail("a value")
}

func (r *Reader) word(w string) error {
	if len(r.data)-r.pos < len(w) || string(r.data[r.pos:r.pos+len(w)]) != w {
		return bound.Malformed(name, r.pos, "a word that is not %s", w)
	}
	r.pos += len(w)
	return nil
}

// open begins the container whose first byte is at pos.
func (r *Reader) open(t *core.Token, kind core.TokenKind, f frame) error {
	if len(r.stack) >= r.depth {
		return bound.TooDeep(name, r.pos, r.depth)
	}
	r.pos++
	r.stack = append(r.stack, f)
	t.Kind, t.Len = kind, core.UnknownLen
	return nil
}

// object reads the object at pos, or what it stands for.
func (r *Reader) object(t *core.Token) error {
	start := r.pos
	r.pos++
	if r.space() == '"' && r.pos+1 < len(r.data) && (r.data[r.pos+1] == '$' || r.data[r.pos+1] == '\\') {
		key, err := r.text()
		if err != nil {
			return err
		}
		if form := formOf(key); form != noForm {
			r.scratch = r.scratch[:0]
			if err := r.expect(':', "a colon"); err != nil {
				return err
			}
			return r.form(t, form)
		}
	}
	r.pos = start
	return r.open(t, core.MapToken, frame{kind: objectFrame})
}

// form reads the value of a form's member.
func (r *Reader) form(t *core.Token, form form) error {
	start := r.pos
	switch form {
	case tupleForm, mapForm:
		r.plain = false
		if r.space() != '[' {
			return r.fail("an array")
		}
		if form == tupleForm {
			return r.open(t, core.TupleToken, frame{kind: tupleFrame})
		}
		return r.open(t, core.MapToken, frame{kind: pairsFrame})
	case regexForm:
		if err := r.regex(t); err != nil {
			return err
		}
		return r.closeForm()
	case channelForm:
		if c := r.space(); c-'0' > 9 {
			return r.fail("a channel's id")
		}
		if err := r.number(t); err != nil {
			return err
		}
		if t.Kind != core.IntToken {
			return bound.Malformed(name, start, "a channel's id is an integer of at most %d", math.MaxInt64)
		}
		t.Kind = core.ChannelToken
		return r.closeForm()
	}
	text, err := r.text()
	if err != nil {
		return err
	}
	ok := true
	switch form {
	case symbolForm:
		r.plain = false
		t.Kind, t.Bytes = core.SymbolToken, text
	case timeForm:
		t.Kind = core.TimeToken
		t.Int, ok = bound.Micros(text)
	case bytesForm:
		t.Kind = core.BytesToken
		from := len(r.scratch)
		r.scratch, err = base.AppendDecode(r.scratch, text)
		t.Bytes, ok = r.scratch[from:], err == nil
	}
	if !ok {
		return bound.Malformed(name, start, "a $bytes that is not base64, or a $time that is not RFC 3339")
	}
	return r.closeForm()
}

// regex reads [source, [word, ...]].
func (r *Reader) regex(t *core.Token) error {
	t.Kind, t.Options = core.RegexToken, 0
	if err := r.expect('[', "an array"); err != nil {
		return err
	}
	source, err := r.text()
	if err != nil {
		return err
	}
	t.Bytes = source
	if err := r.expect(',', "a comma"); err != nil {
		return err
	}
	if err := r.expect('[', "an array"); err != nil {
		return err
	}
	for n := 0; r.space() != ']'; n++ {
		if n > 0 {
			if err := r.expect(',', "a comma or a bracket"); err != nil {
				return err
			}
		}
		at := r.pos
		word, err := r.text()
		if err != nil {
			return err
		}
		option := bound.Option(word)
		if option == 0 {
			return bound.Malformed(name, at, "the option %.20q of a regular expression is not known", word)
		}
		t.Options |= option
	}
	r.pos++
	return r.expect(']', "the end of a regular expression")
}
