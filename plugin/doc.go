// Package plugin is the library for workers written in Go: programs of their
// own that Fondaco starts and supervises. docs/protocol.md describes what goes
// on underneath.
//
//	func main() {
//		m := plugin.New()
//		m.Func("add", func(a, b int64) int64 { return a + b })
//		plugin.Main(m)
//	}
//
// Package funcs lists the forms of functions. Their context leads to the host:
// Call, Cast, Log, Config, Sleep, Input and Output are found there, and under
// the same names here. It ends when nobody waits for the call any more.
//
// Calls run side by side, so functions must be safe for concurrent use. A call
// that is quick runs on the goroutine that reads the socket, without a switch;
// one that is not, or that waits for the host, loses the socket to another
// goroutine, and further calls of its function get a goroutine each.
//
// Standard output and standard error are logs. A panic is an error of its
// call; os.Exit ends the worker, and the calls it has with it.
package plugin
