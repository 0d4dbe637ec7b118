// Package funcs makes a plugin out of Go functions. Both kinds of plugin
// written in Go stand on it: those linked into the server (runtime/native) and
// workers of their own (plugin).
//
// A Module is what a program registers: functions under their names,
// predicates beside them, hooks. An Instance is a module that was bound to a
// host, and answers requests. A function has one of these forms:
//
//   - func(ctx context.Context, req *core.Request) (core.Body, error), the
//     fast form: it gets the request as it came and nothing is decoded,
//     encoded or allocated for it;
//   - what F0, F1, F2 and F3 make of a function with a context and typed
//     arguments: no reflection;
//   - any other function: a context first if it wants one, then its arguments,
//     the last perhaps variadic; it returns nothing, a result, an error, or a
//     result and an error. Package codec/value says which types there are.
//
// A wrong number or type of arguments, an error and a panic all become user
// errors, and so does the failure of a nested call that a function passes on:
// its kind becomes the class (NoFunction, Timeout), so that it is never taken
// for the answer of the function's own dispatch.
package funcs
