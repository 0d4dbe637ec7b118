//go:build unix

// Package guardian starts worker processes through one small process of its
// own, and never leaves one behind.
//
// The guardian is the program's own binary, executed a second time. It forks
// every worker, is the subreaper of all they start, and holds one end of a
// socket, the lifeline, whose other end only the host has. When the host ends,
// however it ends, the kernel closes the lifeline, and the guardian sends
// SIGKILL to everything below it until nothing is left, then exits. The host
// needs no cooperation from workers for that, and neither setsid nor a double
// fork nor ignored signals help a worker's child to escape.
//
// Three deaths are covered:
//
//   - A worker ends: its process group and what it left behind (found by the
//     token in the environment, or as a child of something so found) are ended;
//     other workers live on.
//   - The host ends: the lifeline closes, everything ends.
//   - The guardian ends: the kernel ends the workers (PDEATHSIG), the host
//     ends whatever else bears the token or is in the guardian's session,
//     reports every Process as exited, and the next Spawn starts a new guardian.
//
// Only when host and guardian are both killed in the same moment may a
// worker's own children survive; the workers themselves do not, save a set-uid
// program, for which the kernel clears PDEATHSIG. /proc must be mounted: orphans
// are found there.
//
// A program that uses this package calls Main before anything else:
//
//	func main() {
//		guardian.Main()
//		...
//	}
//
// and so does the TestMain of its tests. On Linux all of the above holds. On
// other Unix systems there is neither a subreaper nor PDEATHSIG: workers and
// their process groups are ended with the host, but a child that left its
// worker's group is not found, and a guardian killed by SIGKILL leaves its
// workers to notice the end of their own sockets.
package guardian
