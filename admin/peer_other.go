//go:build !linux

package admin

import "net"

// peerPid returns 0: only Linux is asked for the other end's process.
func peerPid(*net.UnixConn) int { return 0 }
