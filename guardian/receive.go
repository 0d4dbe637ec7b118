//go:build unix

package guardian

import (
	"io"

	"golang.org/x/sys/unix"
)

// receiver reads the host's frames from the lifeline with blocking calls. Its
// buffer is kept for frames of usual size.
type receiver struct{ buffer []byte }

// keptBuffer is the size up to which the receiver keeps its buffer.
const keptBuffer = 64 << 10

// receive reads one frame with its descriptors, which are the caller's to
// close; the body is valid until the next call. Fewer descriptors than the
// header says means that the guardian has run out of them. An error, io.EOF in
// the usual case, means that the host has gone: also when frames of it are
// still unread.
func (r *receiver) receive(fd int) (header, []byte, []int, error) {
	if err := await(fd); err != nil {
		return header{}, nil, nil, err
	}
	var front [headerSize]byte
	files, err := r.fill(fd, front[:])
	if err != nil {
		return header{}, nil, nil, err
	}
	h, err := parseHeader(front[:], maxCommand)
	if err != nil {
		closeAll(files)
		return header{}, nil, nil, err
	}
	if cap(r.buffer) < h.size || (cap(r.buffer) > keptBuffer && h.size <= keptBuffer) {
		r.buffer = make([]byte, max(h.size, 4<<10))
	}
	body := r.buffer[:h.size]
	more, err := r.fill(fd, body)
	files = append(files, more...)
	if err != nil {
		closeAll(files)
		return header{}, nil, nil, err
	}
	return h, body, files, nil
}

// await waits until fd can be read, and returns io.EOF once its other end has
// been closed, whatever is left to read.
func await(fd int) error {
	set := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN | hangUp}}
	for {
		_, err := unix.Poll(set, -1)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return err
		}
		if set[0].Revents&(hangUp|unix.POLLHUP|unix.POLLERR|unix.POLLNVAL) != 0 {
			return io.EOF
		}
		return nil
	}
}

// fill reads exactly len(b) bytes and returns the descriptors that came with
// them.
func (r *receiver) fill(fd int, b []byte) (files []int, err error) {
	var control [4 * 256]byte
	for len(b) > 0 {
		n, cn, _, _, err := unix.Recvmsg(fd, b, control[:], receiveFlags)
		if err == unix.EINTR {
			continue
		}
		if err == nil && n == 0 {
			err = io.EOF
		}
		if err == nil && cn > 0 {
			var got []int
			got, err = rights(control[:cn])
			files = append(files, got...)
		}
		if err != nil {
			closeAll(files)
			return nil, err
		}
		b = b[n:]
	}
	return files, nil
}

// rights returns the descriptors in a control message.
func rights(control []byte) ([]int, error) {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return nil, err
	}
	var files []int
	for i := range messages {
		if got, err := unix.ParseUnixRights(&messages[i]); err == nil {
			files = append(files, got...)
		}
	}
	for _, fd := range files {
		unix.CloseOnExec(fd)
	}
	return files, nil
}
