package lua

import (
	glua "github.com/yuin/gopher-lua"
)

// maxCoroutines bounds how many coroutines resume each other. Each takes some
// of the server's own stack, whose overflow would end the server.
const maxCoroutines = 200

// openCoroutines puts the brake into every coroutine that scripts make. The
// engine would give it a context derived from the brake's, which misses a stop.
func (in *instance) openCoroutines(lib *glua.LTable) {
	builtin := func(name string) glua.LGFunction { return lib.RawGetString(name).(*glua.LFunction).GFunction }
	create, wrap, resume := builtin("create"), builtin("wrap"), builtin("resume")
	lib.RawSetString("create", in.state.NewFunction(func(l *glua.LState) int {
		n := create(l)
		l.CheckThread(l.GetTop()).SetContext(&in.brake)
		return n
	}))
	lib.RawSetString("wrap", in.state.NewFunction(func(l *glua.LState) int {
		n := wrap(l)
		fn := l.CheckFunction(l.GetTop())
		if thread, ok := fn.Upvalues[0].Value().(*glua.LState); ok {
			thread.SetContext(&in.brake)
		}
		fn.GFunction = shallow(fn.GFunction)
		return n
	}))
	lib.RawSetString("resume", in.state.NewFunction(shallow(resume)))
}

// shallow returns resume, which raises an error in a coroutine that was resumed
// through too many others.
func shallow(resume glua.LGFunction) glua.LGFunction {
	return func(l *glua.LState) int {
		n := 0
		for above := l.Parent; above != nil; above = above.Parent {
			if n++; n >= maxCoroutines {
				l.RaiseError("more than %d coroutines resume each other", maxCoroutines)
			}
		}
		return resume(l)
	}
}
