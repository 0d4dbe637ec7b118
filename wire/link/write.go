package link

import (
	"runtime"

	"github.com/fondaco/fondaco/wire/internal/sock"
)

// room reports whether there is room for another large frame.
func (l *Link) room() bool { return l.pending() < highWater }

// flush writes what there is, unless somebody else does already or the socket
// is full. With yield it lets others run before each write that may have
// frames to add: a write costs more than a call. It gives mu away meanwhile.
//
// Somebody else takes the writing over from one who still lets others run when
// there is enough for a write of its own: the worker begins, and the rest
// follows.
func (l *Link) flush(yield bool) {
	takeOver := l.yielding && l.pending() >= enough
	if l.writing && !takeOver || l.stalled || l.down {
		return
	}
	l.writing, l.yielding = true, false
	for !l.down && l.pending() > 0 {
		if yield && l.pending() < enough && !l.yield() {
			return
		}
		if l.down || !l.writeOnce() {
			break
		}
	}
	l.writing = false
	l.drained.Broadcast()
	l.admit()
	l.release()
}

// yield lets others run, and reports whether the writing is still the caller's.
func (l *Link) yield() bool {
	l.turn++
	mine := l.turn
	l.yielding = true
	l.mu.Unlock()
	runtime.Gosched()
	l.mu.Lock()
	if !l.yielding || l.turn != mine {
		return false
	}
	l.yielding = false
	return true
}

// pending returns how many bytes are still to be written.
func (l *Link) pending() int { return len(l.out) + len(l.batch) - l.sent }

// writeOnce writes what the socket takes of the batch, and reports whether to
// go on.
func (l *Link) writeOnce() bool {
	l.swap()
	batch := l.batch[l.sent:]
	l.mu.Unlock()
	n, err := l.sock.Write(batch)
	l.mu.Lock()
	l.sent += n
	switch {
	case err == nil:
		return true
	case sock.WouldBlock(err):
		l.stalled = true
	default:
		l.sock.Shutdown()
		l.batch, l.sent, l.out = nil, 0, nil
	}
	l.kick()
	return false
}

// swap makes out the next batch when the last one went out.
func (l *Link) swap() {
	if l.sent < len(l.batch) {
		return
	}
	if cap(l.batch) <= keepBuffer {
		l.spare = l.batch[:0]
	}
	l.batch, l.out, l.spare, l.sent = l.out, l.spare, nil, 0
	l.control = 0
}

// resume goes on writing after the socket was full.
func (l *Link) resume() {
	if l.stalled {
		l.stalled = false
		l.flush(false)
	}
}

// small accounts for a small frame just appended that nobody waited for room
// with. A worker that provokes them without end and does not read is given up.
func (l *Link) small() {
	if l.control++; l.control > maxControl {
		l.fail(errFlood)
	}
}
