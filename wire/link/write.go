package link

import (
	"runtime"

	"github.com/fondaco/fondaco/wire/internal/sock"
)

// room reports whether there is room for another large frame.
func (l *Link) room() bool { return len(l.out)+len(l.batch)-l.sent < highWater }

// flush writes what there is, unless somebody else does already or the socket
// is full. With yield it first lets others run that may have frames to add.
// It gives mu away while it writes.
func (l *Link) flush(yield bool) {
	if l.writing || l.stalled || l.down {
		return
	}
	l.writing = true
	if yield {
		l.mu.Unlock()
		runtime.Gosched()
		l.mu.Lock()
	}
	for !l.down && l.more() {
		batch := l.batch[l.sent:]
		l.mu.Unlock()
		n, err := l.sock.Write(batch)
		l.mu.Lock()
		l.sent += n
		if err == nil {
			continue
		}
		if sock.WouldBlock(err) {
			l.stalled = true
			l.kick()
		} else {
			l.sock.Shutdown()
			l.batch, l.sent, l.out = nil, 0, nil
			l.kick()
		}
		break
	}
	l.writing = false
	l.drained.Broadcast()
	l.release()
}

// more reports whether there is something to write in batch, and swaps the
// buffers when batch went out.
func (l *Link) more() bool {
	if l.sent < len(l.batch) {
		return true
	}
	if cap(l.batch) <= keepBuffer {
		l.spare = l.batch[:0]
	}
	l.batch, l.out, l.spare, l.sent = l.out, l.spare, nil, 0
	l.control = 0
	return len(l.batch) > 0
}

// resume goes on writing after the socket was full.
func (l *Link) resume() {
	if l.stalled {
		l.stalled = false
		l.flush(false)
		l.admit()
	}
}

// small accounts for a small frame just appended that nobody waited for room
// with. A worker that provokes them without end and does not read is given up.
func (l *Link) small() {
	if l.control++; l.control > maxControl {
		l.fail(errFlood)
	}
}
