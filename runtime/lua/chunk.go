package lua

import (
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// maxChunk bounds the text that a script compiles: the compiler goes as deep
// into the server's own stack as expressions are nested.
const maxChunk = 128 << 10

// loadString is loadstring.
func loadString(l *glua.LState) int {
	text := l.CheckString(1)
	return chunk(l, text, l.OptString(2, "<string>"))
}

// load is load: a function gives the text piece by piece.
func load(l *glua.LState) int {
	next := l.CheckFunction(1)
	name := l.OptString(2, "?")
	var text strings.Builder
	for text.Len() <= maxChunk {
		l.Push(next)
		l.Call(0, 1)
		piece := l.Get(-1)
		l.Pop(1)
		if piece == glua.LNil {
			break
		}
		if !glua.LVCanConvToString(piece) {
			l.Push(glua.LNil)
			l.Push(glua.LString("reader function must return a string"))
			return 2
		}
		if piece.String() == "" {
			break
		}
		text.WriteString(piece.String())
	}
	return chunk(l, text.String(), name)
}

// chunk pushes the function that text is, or nil and why it is none.
func chunk(l *glua.LState, text, name string) int {
	if len(text) > maxChunk {
		l.Push(glua.LNil)
		l.Push(glua.LString("the chunk is longer than 128 KiB"))
		return 2
	}
	fn, err := l.Load(strings.NewReader(text), name)
	if err != nil {
		l.Push(glua.LNil)
		l.Push(glua.LString(err.Error()))
		return 2
	}
	l.Push(fn)
	return 1
}
