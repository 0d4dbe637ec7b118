package bertrpc

import "golang.org/x/sys/unix"

// hungUp asks the socket, without waiting, whether the peer has reset the
// connection, or, with eof, whether it has ended its sending side.
func hungUp(fd uintptr, eof bool) bool {
	ask := [1]unix.PollFd{{Fd: int32(fd), Events: unix.POLLRDHUP}}
	if n, err := unix.Poll(ask[:], 0); n <= 0 || err != nil {
		return false
	}
	gone := int16(unix.POLLERR | unix.POLLHUP | unix.POLLNVAL)
	if eof {
		gone |= unix.POLLRDHUP
	}
	return ask[0].Revents&gone != 0
}

// unread reports whether bytes wait to be read. Closing the socket then resets
// the connection, and with it perhaps the answer that is under way.
func unread(fd uintptr) bool {
	n, err := unix.IoctlGetInt(int(fd), unix.TIOCINQ)
	return err != nil || n > 0
}
