// Package bertrpc is the door that speaks BERT-RPC 1.0 (bert-rpc.org), as the
// Ernie server and its clients know it, over TCP.
//
// A message is a 4-byte big-endian length and that many bytes: the byte 131
// and one term. A client sends any number of {info, Command, Options} and then
// {call, Module, Function, Arguments}, answered by {reply, Term} or {error,
// Error}; or {cast, ...}, answered by {noreply} before anything is looked up.
// Then the server closes the connection. After {info, connection,
// [keep_alive]} it stays open instead: requests, also several sent at once,
// are answered one after the other, until the client closes.
//
// The infos that are known; their options may stand in a list or alone:
//
//	{info, priority, [high]}, [low]       the queue the next request waits in
//	{info, deadline, [Milliseconds]}      what the next request may take
//	{info, connection, [keep_alive]}      see above
//
// All others are ignored. A known one with options that are not makes the next
// request fail with a protocol error.
//
// An Error is {Type, Code, Class, Detail, Backtrace}: an atom, an integer, two
// binaries, and a list of binaries, innermost frame first. The codes:
//
//	protocol  0   undesignated          the connection closes after these
//	          1   the length is wrong, or ended early
//	          2   the data are not a message
//	server    1   no such module        Class is ServerError
//	          2   no such function
//	          100 broken                Class is the word, from here on
//	          101 timeout
//	          102 overloaded
//	          103 unavailable
//	          104 denied
//	          105 canceled
//	          106 protocol: the arguments or the result of a call that reached its module
//	user      0   the plugin's own exception, or the code it chose; Class is the exception's
//
// An error term that a worker made itself is passed on as it is.
//
// A connection that sends no complete message for the door's idle time is
// closed. A client that resets its connection cancels its call; on a kept
// connection an end of file does so, too. On a connection for one call it does
// not: the answer is still sent, for clients that close their sending side
// when they have asked.
package bertrpc
