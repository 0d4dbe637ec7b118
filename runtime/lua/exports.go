package lua

import (
	"sort"
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// function is one public function and its predicate, which may be nil.
type function struct {
	call, guard *glua.LFunction
}

// exports is what a plugin's file offers.
type exports struct {
	functions         map[string]function
	names             []string // of functions, sorted
	start, stop, init *glua.LFunction
}

// hooks are names that are never callable from outside. start and stop are
// among them only when they take no arguments.
var hooks = [...]string{"init", "handle_open", "handle_msg", "handle_broken", "authenticate", "handle_request",
	"on_request", "on_response", "on_data"}

// collect sorts a plugin's functions into public ones, predicates and hooks.
func collect(found map[string]*glua.LFunction) exports {
	e := exports{functions: map[string]function{}, init: found["init"]}
	for _, name := range hooks {
		delete(found, name)
	}
	e.start = plain(found, "start")
	e.stop = plain(found, "stop")
	for name, call := range found {
		if strings.HasPrefix(name, "_") {
			continue
		}
		if of, ok := strings.CutSuffix(name, "_pred"); ok && found[of] != nil && !strings.HasPrefix(of, "_") {
			continue
		}
		e.functions[name] = function{call: call, guard: found[name+"_pred"]}
		e.names = append(e.names, name)
	}
	sort.Strings(e.names)
	return e
}

// plain takes the function with that name out of found when it needs no
// arguments.
func plain(found map[string]*glua.LFunction, name string) *glua.LFunction {
	fn := found[name]
	if fn == nil || fn.IsG || fn.Proto.NumParameters > 0 {
		return nil
	}
	delete(found, name)
	return fn
}

// inTable returns the functions a returned table holds.
func inTable(table *glua.LTable) map[string]*glua.LFunction {
	found := map[string]*glua.LFunction{}
	table.ForEach(func(key, value glua.LValue) {
		name, isName := key.(glua.LString)
		if fn, ok := value.(*glua.LFunction); ok && isName {
			found[string(name)] = fn
		}
	})
	return found
}

// inGlobals returns the functions in globals that are written in Lua and were
// not there before.
func inGlobals(globals *glua.LTable, before map[string]bool) map[string]*glua.LFunction {
	found := inTable(globals)
	for name, fn := range found {
		if before[name] || fn.IsG {
			delete(found, name)
		}
	}
	return found
}
