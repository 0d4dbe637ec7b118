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
//
// # The library fondaco
//
// call(module, function, ...), cast(...), log(level, text), sleep(seconds),
// config, input() to iterate with, and output(chunk) are as in every language. A
// nested call that fails raises a table with kind, class, message and
// backtrace. While one call waits in call, sleep, input or output, the state
// can serve another, if the configuration's concurrency allows it.
//
// Lua lacks some kinds of value. These make them, and such values arrive in
// the same form: symbol(name), with the field name; bytes(string), for bytes
// that happen to be valid UTF-8; tuple(...), a table; time(seconds), with seconds
// and microseconds; regex(source, options), with source and options, letters of
// "ixms"; integer(digits), beyond 2^53; null, for a nil in a list or a map.
// list(table) and map(table) say what a table is, where its keys do not: empty
// ones, mostly. type(value) is the word for what a value is outside. A function
// that a plugin returns is a generator: its values are streamed out, or become
// a list.
package lua
