package lua

import (
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// find is string.find.
func find(l *glua.LState) int {
	src, pat, init := l.CheckString(1), l.CheckString(2), startOf(l)
	if glua.LVAsBool(l.Get(4)) || !strings.ContainsAny(pat, "^$*+?.([%-") {
		at := strings.Index(src[init:], pat)
		if at < 0 {
			l.Push(glua.LNil)
			return 1
		}
		l.Push(glua.LNumber(init + at + 1))
		l.Push(glua.LNumber(init + at + len(pat)))
		return 2
	}
	m := &matcher{l: l, src: src, pat: pat}
	start, end := m.from(init)
	if start < 0 {
		l.Push(glua.LNil)
		return 1
	}
	l.Push(glua.LNumber(start + 1))
	l.Push(glua.LNumber(end))
	if m.level == 0 {
		return 2
	}
	return 2 + m.push(start, end)
}

// startOf returns the offset that the third argument names, within the text.
func startOf(l *glua.LState) int {
	n, size := l.OptInt(3, 1), len(l.CheckString(1))
	if n < 0 {
		n += size + 1
	}
	return min(max(n-1, 0), size)
}

// match is string.match.
func match(l *glua.LState) int {
	m := &matcher{l: l, src: l.CheckString(1), pat: l.CheckString(2)}
	start, end := m.from(startOf(l))
	if start < 0 {
		l.Push(glua.LNil)
		return 1
	}
	return m.push(start, end)
}

// matches is string.gmatch.
func matches(l *glua.LState) int {
	src, pat, at := l.CheckString(1), l.CheckString(2), 0
	l.Push(l.NewFunction(func(l *glua.LState) int {
		m := &matcher{l: l, src: src, pat: pat}
		for ; at <= len(src); at++ {
			if end := m.try(at, 0); end >= 0 {
				start := at
				at = max(end, at+1)
				return m.push(start, end)
			}
		}
		l.Push(glua.LNil)
		return 1
	}))
	return 1
}

// push pushes the captures of a match, or all of it when the pattern has none,
// and returns how many values these are.
func (m *matcher) push(start, end int) int {
	n := max(m.level, 1)
	for i := 1; i <= n; i++ {
		m.l.Push(m.capture(i, start, end))
	}
	return n
}

// capture returns the i-th capture of a match, 0 being the whole match, which
// also is the first where the pattern has no captures.
func (m *matcher) capture(i, start, end int) glua.LValue {
	if i == 0 || i == 1 && m.level == 0 {
		return glua.LString(m.src[start:end])
	}
	if i > m.level {
		m.l.RaiseError("invalid capture index")
	}
	c := m.captures[i-1]
	switch c.size {
	case position:
		return glua.LNumber(c.start + 1)
	case unclosed:
		m.l.RaiseError("unfinished capture")
	}
	return glua.LString(m.src[c.start : c.start+c.size])
}
