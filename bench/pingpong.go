package main

import (
	"errors"
	"io"

	"golang.org/x/sys/unix"
)

// The floor of one call in flight: a blocking write and a blocking read on a
// socketpair, and the same on the other side.

// bePingPong returns whatever comes on descriptor 3.
func bePingPong([]byte) error {
	buf := make([]byte, 64<<10)
	for {
		n, err := readSome(3, buf)
		if n <= 0 {
			return err
		}
		if err := writeAll(3, buf[:n]); err != nil {
			return err
		}
	}
}

func writeAll(fd int, data []byte) error {
	for len(data) > 0 {
		n, err := unix.Write(fd, data)
		if err != nil && !errors.Is(err, unix.EINTR) {
			return err
		}
		data = data[max(n, 0):]
	}
	return nil
}

func readFull(fd int, data []byte) error {
	for len(data) > 0 {
		n, err := readSome(fd, data)
		if err != nil {
			return err
		}
		if n == 0 {
			return io.ErrUnexpectedEOF
		}
		data = data[n:]
	}
	return nil
}

// readSome reads what is there; 0 without an error is the end.
func readSome(fd int, data []byte) (int, error) {
	for {
		n, err := unix.Read(fd, data)
		if !errors.Is(err, unix.EINTR) {
			return n, err
		}
	}
}

// pingPong starts the floor and returns one round trip of size bytes, and its
// end.
func (b *bench) pingPong(size int) (call func() error, end func(), err error) {
	c, err := b.roleCommand("pingpong", nil)
	if err != nil {
		return nil, nil, err
	}
	p, err := startPeer(c)
	if err != nil {
		return nil, nil, err
	}
	buf := make([]byte, size)
	call = func() error {
		if err := writeAll(p.fd, buf); err != nil {
			return err
		}
		return readFull(p.fd, buf)
	}
	end = func() { p.end(); _ = unix.Close(p.fd) }
	return call, end, nil
}
