package plugin

import (
	"errors"
	"sync"
	"syscall"
)

const (
	// outboxFlush is how much is written before all calls that were read are
	// answered: the host works on it meanwhile.
	outboxFlush = 2 << 10
	outboxKeep  = 1 << 20 // a larger buffer is given up once it is written
	outboxMax   = 128 << 20
)

// outbox collects frames and writes them in groups: whoever finds nobody
// writing writes for all. It is safe for concurrent use.
type outbox struct {
	fd int

	mu      sync.Mutex
	free    *sync.Cond // the box went below outboxMax, or failed
	buf     []byte     // to be written
	spare   []byte
	writing bool
	err     error // final
}

func newOutbox(fd int) *outbox {
	o := &outbox{fd: fd}
	o.free = sync.NewCond(&o.mu)
	return o
}

// append adds what add appends, and returns how much waits now. It blocks
// while far too much does.
func (o *outbox) append(add func(buf []byte) []byte) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.buf) > outboxMax && o.err == nil {
		o.free.Wait()
	}
	if o.err == nil {
		o.buf = add(o.buf)
	}
	return len(o.buf)
}

// flush writes all there is, unless somebody else does. It never blocks: what
// the socket has no room for is left to a goroutine.
func (o *outbox) flush() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.writing {
		return
	}
	o.writing = true
	for len(o.buf) > 0 && o.err == nil {
		buf := o.take()
		o.mu.Unlock()
		n, err := sendNow(o.fd, buf)
		o.mu.Lock()
		if errors.Is(err, syscall.EAGAIN) || err == nil && n < len(buf) {
			go o.drain(buf, max(n, 0))
			return
		}
		o.written(buf, err)
	}
	o.writing = false
	o.free.Broadcast()
}

// drain writes buf from n on, and then all there is. The caller has made
// itself the writer.
func (o *outbox) drain(buf []byte, n int) {
	err := sendAll(o.fd, buf[n:])
	o.mu.Lock()
	defer o.mu.Unlock()
	o.written(buf, err)
	for len(o.buf) > 0 && o.err == nil {
		buf = o.take()
		o.mu.Unlock()
		err = sendAll(o.fd, buf)
		o.mu.Lock()
		o.written(buf, err)
	}
	o.writing = false
	o.free.Broadcast()
}

// take returns what is to be written. The caller holds o.mu.
func (o *outbox) take() []byte {
	buf := o.buf
	o.buf, o.spare = o.spare, nil
	return buf
}

// written says how the writing of buf went. The caller holds o.mu.
func (o *outbox) written(buf []byte, err error) {
	if err != nil && o.err == nil {
		o.err = err
	}
	if cap(buf) <= outboxKeep {
		o.spare = buf[:0]
	}
	o.free.Broadcast()
}

// finish waits until all is written, or cannot be.
func (o *outbox) finish() {
	o.flush()
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.err == nil && (o.writing || len(o.buf) > 0) {
		o.free.Wait()
	}
}
