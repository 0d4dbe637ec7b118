package lua

import (
	"math"
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// substitute is string.gsub.
func substitute(l *glua.LState) int {
	m := &matcher{l: l, src: l.CheckString(1), pat: l.CheckString(2)}
	l.CheckTypes(3, glua.LTString, glua.LTNumber, glua.LTTable, glua.LTFunction)
	with, limit := l.Get(3), l.OptInt(4, math.MaxInt)
	if limit < 0 {
		limit = math.MaxInt
	}
	p, anchored := m.anchor()
	var b strings.Builder
	at, n := 0, 0
	for n < limit {
		end := m.try(at, p)
		if end >= 0 {
			n++
			m.replacement(&b, at, end, with)
		}
		switch {
		case end > at:
			at = end
		case at < len(m.src):
			b.WriteByte(m.src[at])
			at++
		default:
			at++
		}
		if b.Len() > maxText {
			tooLong(l, "string.gsub")
		}
		if anchored || at > len(m.src) {
			break
		}
	}
	b.WriteString(m.src[min(at, len(m.src)):])
	l.Push(glua.LString(b.String()))
	l.Push(glua.LNumber(n))
	return 2
}

// replacement writes what comes in the place of a match.
func (m *matcher) replacement(b *strings.Builder, start, end int, with glua.LValue) {
	l := m.l
	var v glua.LValue
	switch with := with.(type) {
	case *glua.LTable:
		v = l.GetTable(with, m.capture(1, start, end))
	case *glua.LFunction:
		l.Push(with)
		l.Call(m.push(start, end), 1)
		v = l.Get(-1)
		l.Pop(1)
	default:
		m.expand(b, start, end, with.String())
		return
	}
	switch {
	case glua.LVIsFalse(v):
		b.WriteString(m.src[start:end])
	case glua.LVCanConvToString(v):
		b.WriteString(v.String())
	default:
		l.RaiseError("invalid replacement value (a %s)", v.Type().String())
	}
}

// expand writes the text with, its %0 to %9 replaced by captures.
func (m *matcher) expand(b *strings.Builder, start, end int, with string) {
	for i := 0; i < len(with); i++ {
		c := with[i]
		if c != '%' || i+1 == len(with) {
			b.WriteByte(c)
			continue
		}
		i++
		if c = with[i]; !isDigit(c) {
			b.WriteByte(c)
			continue
		}
		b.WriteString(m.capture(int(c-'0'), start, end).String())
		if b.Len() > maxText {
			tooLong(m.l, "string.gsub")
		}
	}
}
