// Package lua is the runtime for plugins in Lua 5.1, run by gopher-lua inside
// the server.
//
// A plugin is compiled once, when it is loaded; every instance is one Lua state
// of its own with the same code. A state serves one call at a time. Arguments
// go from the bytes of the request straight into Lua values, and the result
// straight back into bytes of the request's codec: there is no tree in
// between, and a BERT caller's answer is never transcoded.
//
// Scripts see the base, string, table, math and coroutine libraries, the clock
// from os, and the library fondaco. They cannot reach files, the environment,
// processes or the debug library. Builtins that could outrun the deadline in
// one step are replaced by bounded ones. What remains unbounded is the memory
// a script takes in small steps: code that is not trusted belongs in a process.
package lua
