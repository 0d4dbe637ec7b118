package lua

import (
	"strings"

	glua "github.com/yuin/gopher-lua"

	"github.com/fondaco/fondaco/core"
)

// The size of a state: small at first, bounded in the end.
const (
	stackFrames  = 4096
	registry     = 256
	registryMax  = 256 << 10
	registryStep = 512
)

func newState() *glua.LState {
	return glua.NewState(glua.Options{
		CallStackSize: stackFrames, MinimizeStackMemory: true,
		RegistrySize: registry, RegistryMaxSize: registryMax, RegistryGrowStep: registryStep,
		SkipOpenLibs: true,
	})
}

// open gives the state its libraries.
func (in *instance) open() {
	l := in.state
	for _, lib := range []struct {
		name string
		open glua.LGFunction
	}{
		{glua.BaseLibName, glua.OpenBase}, {glua.TabLibName, glua.OpenTable}, {glua.StringLibName, glua.OpenString},
		{glua.MathLibName, glua.OpenMath}, {glua.CoroutineLibName, glua.OpenCoroutine}, {glua.OsLibName, glua.OpenOs},
	} {
		l.Push(l.NewFunction(lib.open))
		l.Push(glua.LString(lib.name))
		l.Call(1, 0)
	}
	for _, name := range []string{"dofile", "loadfile", "require", "module", "newproxy", "_printregs"} {
		l.SetGlobal(name, glua.LNil)
	}
	clock := l.NewTable()
	all := library(l, glua.OsLibName)
	for _, name := range []string{"clock", "date", "difftime", "time"} {
		clock.RawSetString(name, all.RawGetString(name))
	}
	l.SetGlobal(glua.OsLibName, clock)
	l.SetGlobal("print", l.NewFunction(in.print))
	l.SetGlobal("collectgarbage", l.NewFunction(collectGarbage))
	in.openCoroutines(library(l, glua.CoroutineLibName))
	text := library(l, glua.StringLibName)
	text.RawSetString("dump", glua.LNil)
	text.RawSetString("rep", l.NewFunction(repeat))
	for name, fn := range map[string]glua.LGFunction{"find": find, "match": match, "gmatch": matches, "gfind": matches, "gsub": substitute} {
		text.RawSetString(name, l.NewFunction(fn))
	}
	l.SetGlobal("load", l.NewFunction(load))
	l.SetGlobal("loadstring", l.NewFunction(loadString))
	library(l, glua.TabLibName).RawSetString("concat", l.NewFunction(concat))
	l.SetGlobal("fondaco", in.library())
}

func library(l *glua.LState, name string) *glua.LTable {
	return l.GetGlobal(name).(*glua.LTable)
}

// print logs its arguments as one line.
func (in *instance) print(l *glua.LState) int {
	var line strings.Builder
	for i := 1; i <= l.GetTop(); i++ {
		if i > 1 {
			line.WriteByte('\t')
		}
		line.WriteString(l.ToStringMeta(l.Get(i)).String())
	}
	in.log("info", line.String())
	return 0
}

// collectGarbage answers like Lua's, and leaves the collector to the server.
func collectGarbage(l *glua.LState) int {
	l.Push(glua.LNumber(0))
	return 1
}

// kindWord is the word of an error's kind, as scripts see it.
func kindWord(e *core.Error) glua.LString { return glua.LString(e.Kind.String()) }
