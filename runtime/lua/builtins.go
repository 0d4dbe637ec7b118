package lua

import (
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// maxText bounds what one builtin may make of its arguments.
const maxText = 64 << 20

func tooLong(l *glua.LState, what string) {
	l.RaiseError("%s: the result would be longer than %d bytes", what, maxText)
}

// repeat is string.rep.
func repeat(l *glua.LState) int {
	s, n := l.CheckString(1), max(0, l.CheckInt(2))
	if len(s) > 0 && n > maxText/len(s) {
		tooLong(l, "string.rep")
	}
	l.Push(glua.LString(strings.Repeat(s, n)))
	return 1
}

// concat is table.concat. It needs no place on the stack for the elements.
func concat(l *glua.LState) int {
	table, separator := l.CheckTable(1), l.OptString(2, "")
	from, to := l.OptInt(3, 1), l.OptInt(4, table.Len())
	var b strings.Builder
	for i := from; i <= to; i++ {
		v := table.RawGetInt(i)
		if !glua.LVCanConvToString(v) {
			l.RaiseError("invalid value (%s) at index %d in table for concat", v.Type().String(), i)
		}
		b.WriteString(v.String())
		if i < to {
			b.WriteString(separator)
		}
		if b.Len() > maxText {
			tooLong(l, "table.concat")
		}
	}
	l.Push(glua.LString(b.String()))
	return 1
}
