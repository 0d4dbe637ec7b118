package lua

import (
	"fmt"
	"math"
	"unicode/utf8"

	glua "github.com/yuin/gopher-lua"

	"github.com/fondaco/fondaco/core"
)

// The bounds of a result: tables may contain themselves.
const (
	maxDepth    = 128
	maxElements = 1 << 20
)

// writer turns Lua values into tokens. One belongs to each instance.
type writer struct {
	forms    *forms
	tokens   core.TokenWriter
	token    core.Token
	elements int
}

// put writes one value.
func (w *writer) put(v glua.LValue, depth int) error {
	if w.elements++; w.elements > maxElements {
		return unserialisable("more than %d elements", maxElements)
	}
	switch v := v.(type) {
	case *glua.LNilType:
		w.token.Kind = core.NilToken
	case glua.LBool:
		w.token.Kind, w.token.Bool = core.BoolToken, bool(v)
	case glua.LNumber:
		if f := float64(v); f == math.Trunc(f) && math.Abs(f) <= maxExact {
			w.token.Kind, w.token.Int = core.IntToken, int64(f)
		} else {
			w.token.Kind, w.token.Float = core.FloatToken, f
		}
	case glua.LString:
		return w.text(string(v))
	case *glua.LTable:
		return w.table(v, depth)
	case *glua.LUserData:
		return w.userdata(v.Value)
	default:
		return unserialisable("a Lua %s", v.Type())
	}
	return w.tokens.Put(&w.token)
}

// text writes a string as text when it is valid UTF-8, else as bytes.
func (w *writer) text(s string) error {
	w.token.Kind = core.TextToken
	if !valid(s) {
		w.token.Kind = core.BytesToken
	}
	return w.bytes(s)
}

// valid reports whether s is text; strings that are not are bytes.
func valid(s string) bool { return utf8.ValidString(s) }

// bytes puts the current token with s as its bytes.
func (w *writer) bytes(s string) error {
	w.token.Bytes = stringBytes(s)
	return w.tokens.Put(&w.token)
}

func (w *writer) userdata(v any) error {
	switch v := v.(type) {
	case nil:
		w.token.Kind = core.NilToken
	case symbol:
		w.token.Kind = core.SymbolToken
		return w.bytes(v.name)
	case binary:
		w.token.Kind = core.BytesToken
		return w.bytes(v.data)
	case regex:
		w.token.Kind, w.token.Options = core.RegexToken, v.options
		return w.bytes(v.source)
	case moment:
		w.token.Kind, w.token.Int = core.TimeToken, v.micros
	case channel:
		w.token.Kind, w.token.Int = core.ChannelToken, v.id
	case integer:
		if v.number.IsInt64() {
			w.token.Kind, w.token.Int = core.IntToken, v.number.Int64()
		} else {
			w.token = core.Token{Kind: core.BigToken, Bytes: v.number.Bytes(), Neg: v.number.Sign() < 0}
		}
	default:
		return unserialisable("userdata of %T", v)
	}
	return w.tokens.Put(&w.token)
}

// table writes a table as a list when its keys are 1 to n or it is empty, else
// as a map; a marked one as what it is marked.
func (w *writer) table(t *glua.LTable, depth int) error {
	if depth >= maxDepth {
		return unserialisable("tables nested deeper than %d, perhaps in themselves", maxDepth)
	}
	if kind := w.shape(t); kind != core.MapToken {
		return w.sequence(t, t.Len(), kind, depth)
	}
	return w.dict(t, depth)
}

// shape tells as what kind of container a table is written.
func (w *writer) shape(t *glua.LTable) core.TokenKind {
	switch t.Metatable {
	case w.forms.tuple:
		return core.TupleToken
	case w.forms.list:
		return core.ListToken
	case w.forms.dict:
		return core.MapToken
	}
	n, pairs := t.Len(), 0
	for key, _ := t.Next(glua.LNil); key != glua.LNil && pairs <= n; key, _ = t.Next(key) {
		pairs++
	}
	if pairs == n {
		return core.ListToken
	}
	return core.MapToken
}

func (w *writer) sequence(t *glua.LTable, n int, kind core.TokenKind, depth int) error {
	w.token.Kind, w.token.Len = kind, n
	if err := w.tokens.Put(&w.token); err != nil {
		return err
	}
	for i := 1; i <= n; i++ {
		if err := w.put(t.RawGetInt(i), depth+1); err != nil {
			return err
		}
	}
	return w.end()
}

func (w *writer) dict(t *glua.LTable, depth int) error {
	n := 0
	for key, _ := t.Next(glua.LNil); key != glua.LNil; key, _ = t.Next(key) {
		n++
	}
	w.token.Kind, w.token.Len = core.MapToken, n
	if err := w.tokens.Put(&w.token); err != nil {
		return err
	}
	for key, value := t.Next(glua.LNil); key != glua.LNil; key, value = t.Next(key) {
		if err := w.put(key, depth+1); err != nil {
			return err
		}
		if err := w.put(value, depth+1); err != nil {
			return err
		}
	}
	return w.end()
}

func (w *writer) end() error {
	w.token.Kind = core.EndToken
	return w.tokens.Put(&w.token)
}

func unserialisable(format string, args ...any) error {
	return &core.Error{Kind: core.KindUser, Class: "TypeError", Message: fmt.Sprintf(format, args...) + " cannot be sent"}
}
