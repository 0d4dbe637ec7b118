package frame

import (
	"bytes"
	"math"
)

// Parse takes apart the message of one frame with the given id and stores it
// in m, whose slices alias message. It checks the envelope only: what a value
// holds is the business of whoever reads it. A message of an unknown kind is
// no error; its Kind is above Credit. Errors wrap ErrMalformed.
func Parse(id uint32, message []byte, m *Message) error {
	*m = Message{ID: id}
	e := elements{cursor: cursor{data: message}}
	if err := e.open(majorArray); err != nil {
		return err
	}
	kind, err := e.kind()
	if err != nil {
		return err
	}
	m.Kind = kind
	switch kind {
	case Hello, Reply:
		m.Value, err = e.value()
	case Call, Cast:
		err = e.call(m)
	case Error:
		err = e.error(m)
	case Chunk:
		if err = e.need(); err == nil {
			m.Value, err = e.string(majorBytes)
		}
		if err == nil && (len(m.Value) == 0 || len(m.Value) > MaxChunk) {
			err = e.fail("has a chunk of a wrong size")
		}
	case Credit:
		if err = e.need(); err == nil {
			var n uint64
			n, err = e.uint(math.MaxInt32)
			m.Credit = int(n)
		}
	}
	return err
}

// elements walks over the elements of one array or the keys and values of one
// map.
type elements struct {
	cursor
	left int // elements to come; -1: until the break
}

func (e *elements) open(major byte) error {
	got, n, length, err := e.head()
	if err != nil {
		return err
	}
	switch {
	case got != major:
		e.pos = 0
		return e.fail("is not an array or map")
	case !length:
		e.left = -1
	case n > uint64(len(e.data)):
		return e.fail("ends early")
	default:
		e.left = int(n)
	}
	return nil
}

// more reports whether another element comes, and counts it.
func (e *elements) more() bool {
	if e.left < 0 {
		if e.atBreak() {
			e.left = 0
			return false
		}
		return true
	}
	if e.left == 0 {
		return false
	}
	e.left--
	return true
}

func (e *elements) need() error {
	if !e.more() {
		return e.fail("lacks an element")
	}
	return nil
}

func (e *elements) kind() (Kind, error) {
	if err := e.need(); err != nil {
		return 0, err
	}
	n, err := e.uint(math.MaxInt64)
	if n > math.MaxUint8 {
		n = math.MaxUint8
	}
	return Kind(n), err
}

// value returns the next element as it stands. The last one is all that is
// left, unread.
func (e *elements) value() ([]byte, error) {
	if err := e.need(); err != nil {
		return nil, err
	}
	if e.left == 0 {
		if e.pos == len(e.data) {
			return nil, e.fail("ends early")
		}
		return e.data[e.pos:], nil
	}
	return e.raw()
}

func (e *elements) call(m *Message) (err error) {
	if err = e.need(); err != nil {
		return err
	}
	if m.Module, err = e.string(majorText); err != nil {
		return err
	}
	if err = e.need(); err != nil {
		return err
	}
	if m.Function, err = e.string(majorText); err != nil {
		return err
	}
	if e.pos < len(e.data) && e.data[e.pos]>>5 != majorArray {
		return e.fail("has arguments that are no list")
	}
	if m.Args, err = e.value(); err != nil || !e.more() {
		return err
	}
	return e.options(&m.Options)
}

func (e *elements) options(o *Options) error {
	pairs := elements{cursor: cursor{data: e.data[e.pos:]}}
	if err := pairs.open(majorMap); err != nil {
		return err
	}
	for pairs.more() {
		if err := pairs.option(o); err != nil {
			return err
		}
	}
	return nil
}

// key returns the next key of a map. It reports false when that is no text,
// after both key and value were skipped.
func (e *elements) key() (key []byte, known bool, err error) {
	if e.pos < len(e.data) && e.data[e.pos]>>5 == majorText {
		key, err = e.string(majorText)
		return key, err == nil, err
	}
	if err = e.skip(0); err == nil {
		err = e.skip(0)
	}
	return nil, false, err
}

func (e *elements) option(o *Options) error {
	key, known, err := e.key()
	if !known {
		return err
	}
	var n uint64
	switch string(key) {
	case "guard":
		o.Guard, err = e.bool()
	case "in":
		o.In, err = e.bool()
	case "out":
		n, err = e.uint(math.MaxInt32)
		o.Out = int(n)
	case "parent":
		n, err = e.uint(math.MaxUint32)
		o.Parent = uint32(n)
	default:
		err = e.skip(0)
	}
	return err
}

func (e *elements) error(m *Message) (err error) {
	if err = e.need(); err != nil {
		return err
	}
	if m.Word, err = e.string(majorText); err != nil || !e.more() {
		return err
	}
	if m.Class, err = e.lenient(); err != nil || !e.more() {
		return err
	}
	if m.Text, err = e.lenient(); err != nil || !e.more() {
		return err
	}
	if e.pos < len(e.data) && e.data[e.pos]>>5 != majorArray {
		return e.fail("has a backtrace that is no list")
	}
	m.Backtrace, err = e.raw()
	return err
}

// Lines returns at most limit texts of a Backtrace; what is not text is left
// out, and what is not valid UTF-8 replaced.
func Lines(backtrace []byte, limit int) []string {
	e := elements{cursor: cursor{data: backtrace}}
	if len(backtrace) == 0 || e.open(majorArray) != nil {
		return nil
	}
	var lines []string
	for e.more() && len(lines) < limit {
		at := e.pos
		if line, err := e.lenient(); err == nil {
			lines = append(lines, string(bytes.ToValidUTF8(line, []byte("\uFFFD"))))
			continue
		}
		if e.pos = at; e.skip(0) != nil {
			break
		}
	}
	return lines
}
