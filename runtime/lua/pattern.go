package lua

import (
	glua "github.com/yuin/gopher-lua"
)

// The bounds of a pattern, which are Lua's own.
const (
	maxCaptures  = 32
	maxRecursion = 200
)

// What stands in place of a capture's length.
const (
	unclosed = -1 // its end was not reached yet
	position = -2 // it is an empty pair of parentheses
)

// matcher matches one text against one pattern of Lua 5.1. The engine's own
// cannot be stopped, and a short pattern may need hours for a text of some
// kilobytes: this one looks at the brake every few thousand steps.
type matcher struct {
	l        *glua.LState
	src, pat string
	level    int // captures begun
	captures [maxCaptures]struct{ start, size int }
	depth    int
	steps    int
}

// checkEvery is how many steps pass between two looks at the brake.
const checkEvery = 1 << 14

// step counts n steps, and raises an error when the call was stopped.
func (m *matcher) step(n int) {
	if m.steps += n; m.steps < checkEvery {
		return
	}
	m.steps = 0
	ctx := m.l.Context()
	if ctx == nil {
		return
	}
	select {
	case <-ctx.Done():
		m.l.RaiseError("%s", ctx.Err().Error())
	default:
	}
}

// from returns where the first match at or behind init begins and ends; -1 when
// there is none.
func (m *matcher) from(init int) (start, end int) {
	p, anchored := m.anchor()
	for s := init; s <= len(m.src); s++ {
		if e := m.try(s, p); e >= 0 {
			return s, e
		}
		if anchored {
			break
		}
	}
	return -1, -1
}

// anchor returns where the pattern begins behind a ^, and whether it has one.
func (m *matcher) anchor() (p int, anchored bool) {
	if m.is(0, '^') {
		return 1, true
	}
	return 0, false
}

// try matches at s alone, and returns the end of the match or -1.
func (m *matcher) try(s, p int) int {
	m.level, m.depth = 0, 0
	m.step(1)
	return m.match(s, p)
}

// is reports whether the pattern has c at p.
func (m *matcher) is(p int, c byte) bool { return p < len(m.pat) && m.pat[p] == c }

// match matches the text from s with the pattern from p, and returns the end
// of the match or -1.
func (m *matcher) match(s, p int) int {
	if m.depth++; m.depth > maxRecursion {
		m.l.RaiseError("pattern too complex")
	}
	s = m.items(s, p)
	m.depth--
	return s
}

// items matches one item of the pattern after the other.
func (m *matcher) items(s, p int) int {
	for s >= 0 && p < len(m.pat) {
		switch c := m.pat[p]; {
		case c == '(' && m.is(p+1, ')'):
			return m.open(s, p+2, position)
		case c == '(':
			return m.open(s, p+1, unclosed)
		case c == ')':
			return m.close(s, p+1)
		case c == '$' && p+1 == len(m.pat):
			if s == len(m.src) {
				return s
			}
			return -1
		case c == '%' && m.is(p+1, 'b'):
			s, p = m.balanced(s, p+2), p+4
		case c == '%' && m.is(p+1, 'f'):
			s, p = m.frontier(s, p+2)
		case c == '%' && p+1 < len(m.pat) && isDigit(m.pat[p+1]):
			s, p = m.again(s, m.pat[p+1]), p+2
		default:
			done := false
			if s, p, done = m.repeated(s, p); done {
				return s
			}
		}
	}
	return s
}

// repeated matches a class of characters with what may follow it: ? * + or -.
// done says that s is the end of the whole match.
func (m *matcher) repeated(s, p int) (at, next int, done bool) {
	end := m.classEnd(p)
	m.step(end - p)
	switch {
	case m.is(end, '?'):
		if m.single(s, p, end) {
			if e := m.match(s+1, end+1); e >= 0 {
				return e, p, true
			}
		}
		return s, end + 1, false
	case m.is(end, '*'):
		return m.most(s, p, end), p, true
	case m.is(end, '+'):
		if !m.single(s, p, end) {
			return -1, p, true
		}
		return m.most(s+1, p, end), p, true
	case m.is(end, '-'):
		return m.least(s, p, end), p, true
	}
	if !m.single(s, p, end) {
		return -1, p, true
	}
	return s + 1, end, false
}

// most takes as many characters as it can, then fewer.
func (m *matcher) most(s, p, end int) int {
	n := 0
	for m.single(s+n, p, end) {
		n++
		m.step(end - p)
	}
	for ; n >= 0; n-- {
		m.step(1)
		if e := m.match(s+n, end+1); e >= 0 {
			return e
		}
	}
	return -1
}

// least takes as few characters as it can, then more.
func (m *matcher) least(s, p, end int) int {
	for {
		if e := m.match(s, end+1); e >= 0 {
			return e
		}
		if !m.single(s, p, end) {
			return -1
		}
		s++
		m.step(end - p)
	}
}

// open begins a capture.
func (m *matcher) open(s, p, size int) int {
	if m.level == maxCaptures {
		m.l.RaiseError("too many captures")
	}
	m.captures[m.level].start, m.captures[m.level].size = s, size
	m.level++
	e := m.match(s, p)
	if e < 0 {
		m.level--
	}
	return e
}

// close ends the capture that was begun last and not ended yet.
func (m *matcher) close(s, p int) int {
	i := m.level - 1
	for i >= 0 && m.captures[i].size != unclosed {
		i--
	}
	if i < 0 {
		m.l.RaiseError("invalid pattern capture")
	}
	m.captures[i].size = s - m.captures[i].start
	e := m.match(s, p)
	if e < 0 {
		m.captures[i].size = unclosed
	}
	return e
}

// balanced matches %bxy; x stands at p.
func (m *matcher) balanced(s, p int) int {
	if p+1 >= len(m.pat) {
		m.l.RaiseError("unbalanced pattern")
	}
	first, last := m.pat[p], m.pat[p+1]
	if s >= len(m.src) || m.src[s] != first {
		return -1
	}
	for n := 1; s+1 < len(m.src); {
		s++
		m.step(1)
		switch m.src[s] {
		case last:
			if n--; n == 0 {
				return s + 1
			}
		case first:
			n++
		}
	}
	return -1
}

// frontier matches %f[set], the set at p, and returns where the pattern goes on.
func (m *matcher) frontier(s, p int) (at, next int) {
	if !m.is(p, '[') {
		m.l.RaiseError("%s", "missing '[' after '%f' in pattern")
	}
	end := m.classEnd(p)
	before, here := byte(0), byte(0)
	if s > 0 {
		before = m.src[s-1]
	}
	if s < len(m.src) {
		here = m.src[s]
	}
	if m.inSet(before, p, end-1) || !m.inSet(here, p, end-1) {
		return -1, end
	}
	return s, end
}

// again matches what the capture of that digit has matched.
func (m *matcher) again(s int, digit byte) int {
	i := int(digit) - '1'
	if i < 0 || i >= m.level || m.captures[i].size < 0 {
		m.l.RaiseError("invalid capture index")
	}
	c := m.captures[i]
	m.step(c.size)
	if len(m.src)-s < c.size || m.src[s:s+c.size] != m.src[c.start:c.start+c.size] {
		return -1
	}
	return s + c.size
}
