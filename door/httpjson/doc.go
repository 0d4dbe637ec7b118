// Package httpjson is the door that speaks HTTP/1.1 with JSON.
//
// POST /module/function takes a JSON array of arguments (an empty body is an
// empty array) and answers 200 with the bare JSON result. Errors are
// problem+json (RFC 9457) with the members kind, class, code and backtrace
// beside the usual ones:
//
//	protocol                    400   413 when too long, 415 when not JSON
//	denied                      403
//	no_module, no_function      404
//	user                        500
//	broken                      502
//	overloaded, unavailable     503
//	timeout                     504
//
// POST / takes JSON-RPC 2.0. The method is module.function; params is a list,
// or an object that is the only argument. A request without an id is a cast; a
// message of casts alone is answered with 204 and no body. The requests of a
// batch run side by side, a few at a time, and are answered in their order.
// The status is 200 unless the message could not be read. The codes of an
// error, whose data has the members kind, class, code and backtrace:
//
//	-32700  the message is not JSON
//	-32600  it is not a request
//	-32601  no_module, no_function
//	-32602  params are neither list nor object, or the module cannot read them
//	-32000  user
//	-32001  broken
//	-32002  timeout
//	-32003  overloaded
//	-32004  unavailable
//	-32005  denied
//	-32006  canceled
//	-32603  anything else
//
// Both take the header Fondaco-Timeout, a duration such as 1500ms, as the
// deadline, and answer with Fondaco-Generation when one plugin answered. A
// client that closes its connection cancels its calls, but not its casts.
// Requests that a browser makes for the page of another origin are refused.
package httpjson
