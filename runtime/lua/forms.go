package lua

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	glua "github.com/yuin/gopher-lua"

	"github.com/fondaco/fondaco/core"
)

// The kinds of value that Lua has not: userdata around one of these.
type (
	symbol  struct{ name string }
	integer struct{ number *big.Int } // beyond what a Lua number holds exactly
	moment  struct{ micros int64 }
	binary  struct{ data string }
	channel struct{ id int64 }
	regex   struct {
		source  string
		options core.RegexOptions
	}
)

// forms are one state's metatables, by which its values are told apart.
type forms struct {
	userdata          *glua.LTable // of all the kinds above
	tuple, list, dict *glua.LTable // of tables that are not what they look like
	null              *glua.LUserData
}

// maxExact is the largest magnitude up to which every integer is a Lua number.
const maxExact = 1 << 53

var regexWords = [...]struct {
	letter byte
	option core.RegexOptions
}{{'i', core.RegexCaseless}, {'x', core.RegexExtended}, {'m', core.RegexMultiline}, {'s', core.RegexDotAll}}

func newForms(state *glua.LState) forms {
	meta := state.NewTable()
	set := func(name string, fn glua.LGFunction) { meta.RawSetString(name, state.NewFunction(fn)) }
	set("__tostring", func(l *glua.LState) int {
		l.Push(glua.LString(show(l.CheckUserData(1).Value)))
		return 1
	})
	set("__index", func(l *glua.LState) int {
		l.Push(field(l.CheckUserData(1).Value, l.CheckString(2)))
		return 1
	})
	set("__eq", func(l *glua.LState) int {
		l.Push(glua.LBool(equal(l.CheckUserData(1).Value, l.CheckUserData(2).Value)))
		return 1
	})
	set("__lt", func(l *glua.LState) int {
		l.Push(glua.LBool(compare(l) < 0))
		return 1
	})
	set("__le", func(l *glua.LState) int {
		l.Push(glua.LBool(compare(l) <= 0))
		return 1
	})
	meta.RawSetString("__metatable", glua.LFalse)
	mark := func() *glua.LTable {
		t := state.NewTable()
		t.RawSetString("__metatable", glua.LFalse)
		return t
	}
	f := forms{userdata: meta, tuple: mark(), list: mark(), dict: mark()}
	f.null = f.wrap(nil)
	return f
}

// wrap returns v as a Lua value.
func (f *forms) wrap(v any) *glua.LUserData {
	return &glua.LUserData{Value: v, Metatable: f.userdata}
}

func show(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case symbol:
		return v.name
	case integer:
		return v.number.String()
	case moment:
		return time.UnixMicro(v.micros).UTC().Format(time.RFC3339Nano)
	case regex:
		return "/" + v.source + "/" + letters(v.options)
	case binary:
		return v.data
	case channel:
		return "channel " + strconv.FormatInt(v.id, 10)
	}
	return fmt.Sprintf("%T", v)
}

// field is what a script reads from one of the kinds above.
func field(v any, name string) glua.LValue {
	switch v := v.(type) {
	case symbol:
		if name == "name" {
			return glua.LString(v.name)
		}
	case moment:
		switch name {
		case "seconds":
			return glua.LNumber(float64(v.micros) / 1e6)
		case "microseconds":
			return glua.LNumber(v.micros)
		}
	case regex:
		switch name {
		case "source":
			return glua.LString(v.source)
		case "options":
			return glua.LString(letters(v.options))
		}
	case channel:
		if name == "id" {
			return glua.LNumber(v.id)
		}
	}
	return glua.LNil
}

func equal(a, b any) bool {
	if x, ok := a.(integer); ok {
		y, ok := b.(integer)
		return ok && x.number.Cmp(y.number) == 0
	}
	switch a.(type) {
	case nil, symbol, moment, regex, binary, channel:
		return a == b
	}
	return false
}

// compare orders two values of the same kind, or raises an error.
func compare(l *glua.LState) int {
	switch a := l.CheckUserData(1).Value.(type) {
	case integer:
		if b, ok := l.CheckUserData(2).Value.(integer); ok {
			return a.number.Cmp(b.number)
		}
	case moment:
		if b, ok := l.CheckUserData(2).Value.(moment); ok {
			return int(max(-1, min(1, a.micros-b.micros)))
		}
	case symbol:
		if b, ok := l.CheckUserData(2).Value.(symbol); ok {
			return strings.Compare(a.name, b.name)
		}
	}
	l.RaiseError("attempt to compare two values that have no order")
	return 0
}

func letters(options core.RegexOptions) string {
	var b strings.Builder
	for _, w := range regexWords {
		if options&w.option != 0 {
			b.WriteByte(w.letter)
		}
	}
	return b.String()
}

func regexOptions(text string) (core.RegexOptions, error) {
	var options core.RegexOptions
next:
	for i := range len(text) {
		for _, w := range regexWords {
			if text[i] == w.letter {
				options |= w.option
				continue next
			}
		}
		return 0, fmt.Errorf("unknown option %q of a regular expression: use i, x, m and s", text[i:i+1])
	}
	return options, nil
}
