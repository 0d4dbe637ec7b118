package lua

import (
	"math"
	"math/big"
	"time"

	glua "github.com/yuin/gopher-lua"
)

// libSymbol is fondaco.symbol(name).
func (in *instance) libSymbol(l *glua.LState) int {
	l.Push(in.forms.wrap(symbol{l.CheckString(1)}))
	return 1
}

// libBytes is fondaco.bytes(string): bytes, even where they are valid UTF-8.
func (in *instance) libBytes(l *glua.LState) int {
	l.Push(in.forms.wrap(binary{l.CheckString(1)}))
	return 1
}

// libTuple is fondaco.tuple(...).
func (in *instance) libTuple(l *glua.LState) int {
	t := l.CreateTable(l.GetTop(), 0)
	for i := 1; i <= l.GetTop(); i++ {
		t.Append(in.in.present(l.Get(i)))
	}
	t.Metatable = in.forms.tuple
	l.Push(t)
	return 1
}

// libList is fondaco.list(table): a list, whatever keys the table has.
func (in *instance) libList(l *glua.LState) int { return in.mark(l, in.forms.list) }

// libMap is fondaco.map(table): a map, even with the keys 1 to n or none.
func (in *instance) libMap(l *glua.LState) int { return in.mark(l, in.forms.dict) }

func (in *instance) mark(l *glua.LState, meta *glua.LTable) int {
	t := l.OptTable(1, nil)
	if t == nil {
		t = l.NewTable()
	}
	t.Metatable = meta
	l.Push(t)
	return 1
}

// libTime is fondaco.time(seconds), seconds since 1970; without them, now.
func (in *instance) libTime(l *glua.LState) int {
	micros := time.Now().UnixMicro()
	if l.GetTop() > 0 {
		seconds := float64(l.CheckNumber(1))
		if !(math.Abs(seconds) < 1e12) {
			l.ArgError(1, "seconds since 1970")
		}
		micros = int64(math.Round(seconds * 1e6))
	}
	l.Push(in.forms.wrap(moment{micros}))
	return 1
}

// libRegex is fondaco.regex(source, options): the options are letters of
// "ixms".
func (in *instance) libRegex(l *glua.LState) int {
	options, err := regexOptions(l.OptString(2, ""))
	if err != nil {
		l.ArgError(2, err.Error())
	}
	l.Push(in.forms.wrap(regex{l.CheckString(1), options}))
	return 1
}

// libInteger is fondaco.integer(text): an integer of any size, in decimal.
func (in *instance) libInteger(l *glua.LState) int {
	digits := l.CheckString(1)
	n, ok := new(big.Int), len(digits) < 4096
	if ok {
		_, ok = n.SetString(digits, 10)
	}
	switch {
	case !ok:
		l.ArgError(1, "the decimal digits of an integer")
	case n.IsInt64() && -maxExact <= n.Int64() && n.Int64() <= maxExact:
		l.Push(glua.LNumber(n.Int64()))
	default:
		l.Push(in.forms.wrap(integer{n}))
	}
	return 1
}

// libType is fondaco.type(value): the word of docs/values.md for what the value
// is when it leaves the plugin.
func (in *instance) libType(l *glua.LState) int {
	word := ""
	switch v := l.Get(1).(type) {
	case *glua.LNilType:
		word = "nil"
	case glua.LBool:
		word = "bool"
	case glua.LNumber:
		word = "float"
		if f := float64(v); f == math.Trunc(f) && math.Abs(f) <= maxExact {
			word = "int"
		}
	case glua.LString:
		word = "text"
		if !valid(string(v)) {
			word = "bytes"
		}
	case *glua.LTable:
		word = in.out.shape(v).String()
	case *glua.LUserData:
		word = userdataWord(v.Value)
	default:
		word = v.Type().String()
	}
	l.Push(glua.LString(word))
	return 1
}

func userdataWord(v any) string {
	switch v.(type) {
	case nil:
		return "nil"
	case symbol:
		return "symbol"
	case integer:
		return "int"
	case moment:
		return "time"
	case regex:
		return "regex"
	case binary:
		return "bytes"
	case channel:
		return "channel"
	}
	return "userdata"
}

// config turns a plugin's configuration into Lua values.
func (in *instance) config(v any) glua.LValue {
	switch v := v.(type) {
	case bool:
		return glua.LBool(v)
	case int:
		return glua.LNumber(v)
	case int64:
		return glua.LNumber(v)
	case float64:
		return glua.LNumber(v)
	case string:
		return glua.LString(v)
	case []any:
		t := in.state.CreateTable(len(v), 0)
		for _, e := range v {
			t.Append(in.in.present(in.config(e)))
		}
		return t
	case map[string]any:
		t := in.state.NewTable()
		for key, e := range v {
			t.RawSetString(key, in.in.present(in.config(e)))
		}
		return t
	}
	return glua.LNil
}
