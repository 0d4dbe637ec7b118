package json

import (
	"io"
	"math"
	"sync"

	"github.com/fondaco/fondaco/codec/internal/bound"
	"github.com/fondaco/fondaco/core"
)

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

// reader is JSON's core.TokenReader. Containers have no known length.
type reader struct {
	bound.Input[frame]
	prefix bool // the data may go on behind the value
	plain  bool // no form was met that the writer does not write
	pool   *sync.Pool
}

// Reset is core.TokenReader's.
func (r *reader) Reset(data []byte, opts core.ReadOptions) {
	r.Start(name, data, opts.Limits)
	r.prefix, r.plain = false, true
}

// Release gives r back to its codec; it must not be used afterwards.
func (r *reader) Release() {
	r.Forget()
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
		return r.Pos, r.plain, nil
	case whole > len(data):
		return 0, false, bound.TooLong(name, limits.Bytes)
	}
	return 0, false, err
}

// Next is core.TokenReader's.
func (r *reader) Next(t *core.Token) error {
	if r.Err == nil {
		r.Scratch = r.Scratch[:0]
		r.Err = r.next(t)
	}
	return r.Err
}

func (r *reader) next(t *core.Token) error {
	if len(r.Stack) == 0 {
		if !r.Begun {
			r.Begun = true
			return r.value(t)
		}
		r.space()
		if r.Pos < len(r.Data) && !r.prefix {
			return r.fail("the end of the value")
		}
		return io.EOF
	}
	f := &r.Stack[len(r.Stack)-1]
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
func (r *reader) member(f *frame, t *core.Token) error {
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
func (r *reader) pair(f *frame, t *core.Token) error {
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
func (r *reader) end(f *frame, t *core.Token) error {
	r.Pos++
	if f.kind == tupleFrame || f.kind == pairsFrame {
		if err := r.closeForm(); err != nil {
			return err
		}
	}
	r.Stack = r.Stack[:len(r.Stack)-1]
	t.Kind = core.EndToken
	return nil
}

func (r *reader) closeForm() error {
	return r.expect('}', "the end of an object with a $ form, which has one member only,")
}

// element reads a value inside a container.
func (r *reader) element(t *core.Token) error {
	if err := bound.Count(name, r.Pos, 1, 1, &r.Elements); err != nil {
		return err
	}
	return r.value(t)
}

func (r *reader) value(t *core.Token) (err error) {
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

func (r *reader) word(w string) error {
	if len(r.Data)-r.Pos < len(w) || string(r.Data[r.Pos:r.Pos+len(w)]) != w {
		return bound.Malformed(name, r.Pos, "a word that is not %s", w)
	}
	r.Pos += len(w)
	return nil
}

// open begins the container whose first byte is at pos.
func (r *reader) open(t *core.Token, kind core.TokenKind, f frame) error {
	if len(r.Stack) >= r.Depth {
		return bound.TooDeep(name, r.Pos, r.Depth)
	}
	r.Pos++
	r.Stack = append(r.Stack, f)
	t.Kind, t.Len = kind, core.UnknownLen
	return nil
}

// object reads the object at pos, or what it stands for.
func (r *reader) object(t *core.Token) error {
	start := r.Pos
	r.Pos++
	if r.space() == '"' && r.Pos+1 < len(r.Data) && (r.Data[r.Pos+1] == '$' || r.Data[r.Pos+1] == '\\') {
		key, err := r.text()
		if err != nil {
			return err
		}
		if form := formOf(key); form != noForm {
			r.Scratch = r.Scratch[:0]
			if err := r.expect(':', "a colon"); err != nil {
				return err
			}
			return r.form(t, form)
		}
	}
	r.Pos = start
	return r.open(t, core.MapToken, frame{kind: objectFrame})
}

// form reads the value of a form's member.
func (r *reader) form(t *core.Token, form form) error {
	start := r.Pos
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
		from := len(r.Scratch)
		r.Scratch, err = base.AppendDecode(r.Scratch, text)
		t.Bytes, ok = r.Scratch[from:], err == nil
	}
	if !ok {
		return bound.Malformed(name, start, "a $bytes that is not base64, or a $time that is not RFC 3339")
	}
	return r.closeForm()
}

// regex reads [source, [word, ...]].
func (r *reader) regex(t *core.Token) error {
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
		at := r.Pos
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
	r.Pos++
	return r.expect(']', "the end of a regular expression")
}
