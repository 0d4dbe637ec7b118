package lua

import (
	"strings"

	glua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/pm"
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

// substitute is string.gsub, in time linear in the number of matches.
func substitute(l *glua.LState) int {
	s, pattern, limit := l.CheckString(1), l.CheckString(2), l.OptInt(4, -1)
	l.CheckTypes(3, glua.LTString, glua.LTNumber, glua.LTTable, glua.LTFunction)
	with := l.Get(3)
	matches, err := pm.Find(pattern, []byte(s), 0, limit)
	if err != nil {
		l.RaiseError("%s", err.Error())
	}
	var b strings.Builder
	end := 0
	for _, m := range matches {
		b.WriteString(s[end:m.Capture(0)])
		end = m.Capture(1)
		replacement(l, &b, s, m, with)
		if b.Len() > maxText {
			tooLong(l, "string.gsub")
		}
	}
	b.WriteString(s[end:])
	l.Push(glua.LString(b.String()))
	l.Push(glua.LNumber(len(matches)))
	return 2
}

// replacement writes what comes in the place of m.
func replacement(l *glua.LState, b *strings.Builder, s string, m *pm.MatchData, with glua.LValue) {
	whole := s[m.Capture(0):m.Capture(1)]
	var v glua.LValue
	switch with := with.(type) {
	case *glua.LTable:
		v = l.GetTable(with, capture(l, s, m, 1))
	case *glua.LFunction:
		l.Push(with)
		n := max(1, m.CaptureLength()/2-1)
		for i := 1; i <= n; i++ {
			l.Push(capture(l, s, m, i))
		}
		l.Call(n, 1)
		v = l.Get(-1)
		l.Pop(1)
	default:
		expand(l, b, s, m, with.String())
		return
	}
	switch {
	case glua.LVIsFalse(v):
		b.WriteString(whole)
	case glua.LVCanConvToString(v):
		b.WriteString(v.String())
	default:
		l.RaiseError("invalid replacement value (a %s)", v.Type().String())
	}
}

// expand writes the text with, its %0 to %9 replaced by captures.
func expand(l *glua.LState, b *strings.Builder, s string, m *pm.MatchData, with string) {
	for i := 0; i < len(with); i++ {
		c := with[i]
		if c != '%' || i+1 == len(with) {
			b.WriteByte(c)
			continue
		}
		i++
		if c = with[i]; c < '0' || c > '9' {
			b.WriteByte(c)
			continue
		}
		b.WriteString(capture(l, s, m, int(c-'0')).String())
	}
}

// capture returns the i-th capture of m, 0 being the whole match, which also
// is the first where the pattern has no captures.
func capture(l *glua.LState, s string, m *pm.MatchData, i int) glua.LValue {
	if i == 1 && m.CaptureLength() == 2 {
		i = 0
	}
	if 2*i >= m.CaptureLength() {
		l.RaiseError("invalid capture index")
	}
	if m.IsPosCapture(2 * i) {
		return glua.LNumber(m.Capture(2 * i))
	}
	return glua.LString(s[m.Capture(2*i):m.Capture(2*i+1)])
}
