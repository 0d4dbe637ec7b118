package bertrpc

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fondaco/fondaco/core"
)

// The pauses between two questions whether the client is still there: an
// eighth of the time the call has taken, within these bounds.
const (
	firstAsk = 5 * time.Millisecond
	lastAsk  = 250 * time.Millisecond
)

// connContext is the context of all requests of one connection. It ends when
// the client has gone, or with the door's own context. Nothing runs for it:
// Err asks the socket, now and then, and only Done starts a goroutine, which
// waits for the socket until the request is over.
type connContext struct {
	context.Context // the door's
	tcp             *net.TCPConn
	kept            atomic.Bool  // an end of file counts as gone, too
	gone            atomic.Bool  // for good
	start           atomic.Int64 // when the running request began; 0: none runs
	next            atomic.Int64 // when the socket may be asked again

	mu      sync.Mutex
	done    chan struct{} // made by Done, closed with gone
	watcher chan struct{} // closed when the goroutine of Done has ended; nil: none
	stop    atomic.Bool   // the goroutine of Done is to end
}

// Err returns context.Canceled when the client has gone.
func (c *connContext) Err() error {
	if c.gone.Load() {
		return context.Canceled
	}
	if err := c.Context.Err(); err != nil {
		return err
	}
	start, next := c.start.Load(), c.next.Load()
	if start == 0 {
		return nil
	}
	now := core.Now()
	if now < next || !c.next.CompareAndSwap(next, now+int64(pause(now-start))) {
		return nil
	}
	if !c.ask() {
		return nil
	}
	c.leave()
	return context.Canceled
}

// Done returns a channel that is closed when the client goes away while the
// request runs, at the latest with the connection.
func (c *connContext) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done == nil {
		c.done = make(chan struct{})
		if c.gone.Load() {
			close(c.done)
		}
	}
	if c.watcher == nil && c.start.Load() != 0 && !c.gone.Load() {
		c.watcher = make(chan struct{})
		c.stop.Store(false)
		go c.watch(c.watcher)
	}
	return c.done
}

// begin says that a request runs from now on.
func (c *connContext) begin(now int64) {
	c.next.Store(now + int64(firstAsk))
	c.start.Store(now)
}

// end says that the request is over. It reports whether the connection's read
// deadline was touched meanwhile.
func (c *connContext) end() bool {
	c.mu.Lock()
	c.start.Store(0)
	watcher := c.watcher
	c.mu.Unlock()
	if watcher == nil {
		return false
	}
	c.stop.Store(true)
	_ = c.tcp.SetReadDeadline(time.Unix(1, 0)) // wakes the watcher
	<-watcher
	c.mu.Lock()
	c.watcher = nil
	c.mu.Unlock()
	return true
}

// leave ends the context for good.
func (c *connContext) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.gone.Swap(true) && c.done != nil {
		close(c.done)
	}
}

// ask reports whether the socket says that the client has gone.
func (c *connContext) ask() (gone bool) {
	raw, err := c.tcp.SyscallConn()
	if err != nil {
		return true
	}
	err = raw.Control(func(fd uintptr) { gone = hungUp(fd, c.kept.Load()) })
	return gone || err != nil
}

// watch waits until the client has gone or the request is over. What arrives
// meanwhile stays unread.
func (c *connContext) watch(ended chan struct{}) {
	defer close(ended)
	raw, err := c.tcp.SyscallConn()
	for err == nil {
		_ = c.tcp.SetReadDeadline(time.Time{})
		err = raw.Read(func(fd uintptr) bool { return c.stop.Load() || hungUp(fd, c.kept.Load()) })
		if c.stop.Load() {
			return
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			break
		}
		err = nil
	}
	c.leave()
}

func pause(running int64) time.Duration {
	return max(firstAsk, min(lastAsk, time.Duration(running/8)))
}
