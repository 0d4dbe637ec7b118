package link

import (
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/wire/internal/sock"
)

// tick is how long a link must be idle before the Poller watches it, in
// milliseconds. Arming it after every call would cost a system call each.
const tick = 1

// Poller watches the sockets of links that nobody waits on: one goroutine, and
// one epoll, for all of them. It runs while there are links. Make one for a
// whole server with NewPoller.
type Poller struct {
	mu      sync.Mutex
	running bool
	asleep  bool // waits without a limit
	epoll   int
	bell    sock.Bell
	links   map[int32]*Link
	idlers  []*Link // to be armed at the next tick
}

// watchState is what the Poller keeps of a link, guarded by the link's mu.
type watchState struct {
	listed bool // among the idlers
	armed  bool
	output bool // armed for output, too
	uses   uint64
	seen   uint64 // uses at the last tick
}

// NewPoller returns a Poller, which takes up nothing until it has a link.
func NewPoller() *Poller { return &Poller{links: map[int32]*Link{}} }

// register begins to watch l. l is not shared yet.
func (p *Poller) register(l *Link) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.running {
		if err := p.start(); err != nil {
			return err
		}
	}
	p.links[int32(l.sock.FD())] = l
	l.watch.armed = true
	if err := p.control(l, unix.EPOLL_CTL_ADD, unix.EPOLLIN); err != nil {
		delete(p.links, int32(l.sock.FD()))
		return os.NewSyscallError("epoll_ctl", err)
	}
	return nil
}

func (p *Poller) start() error {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return os.NewSyscallError("epoll_create1", err)
	}
	p.epoll = epoll
	if err := p.bell.Open(); err != nil {
		_ = unix.Close(epoll)
		return err
	}
	if err := unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, p.bell.Reader(), &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(p.bell.Reader())}); err != nil {
		p.bell.Close()
		_ = unix.Close(epoll)
		return fmt.Errorf("epoll_ctl: %w", err)
	}
	p.running = true
	go p.loop()
	return nil
}

func (p *Poller) control(l *Link, op int, events uint32) error {
	return unix.EpollCtl(p.epoll, op, l.sock.FD(), &unix.EpollEvent{Events: events | unix.EPOLLONESHOT, Fd: int32(l.sock.FD())})
}

// unregister ends the watch of l, whose mu is held.
func (p *Poller) unregister(l *Link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = unix.EpollCtl(p.epoll, unix.EPOLL_CTL_DEL, l.sock.FD(), nil)
	delete(p.links, int32(l.sock.FD()))
	if len(p.links) == 0 {
		p.bell.Ring()
	}
}

// disarm is called by a caller that takes the lead in l, whose mu is held.
func (p *Poller) disarm(l *Link) {
	l.watch.uses++
	if l.watch.armed {
		l.watch.armed = false
		_ = p.control(l, unix.EPOLL_CTL_MOD, 0)
	}
}

// idle is called when nobody reads from l, whose mu is held: at once when it is
// urgent, else the watch begins at one of the next ticks.
func (p *Poller) idle(l *Link, urgent bool) {
	w := &l.watch
	switch {
	case urgent:
		p.arm(l)
	case !w.listed && !w.armed:
		w.listed = true
		p.mu.Lock()
		p.idlers = append(p.idlers, l)
		if p.asleep {
			p.asleep = false
			p.bell.Ring()
		}
		p.mu.Unlock()
	}
}

func (p *Poller) arm(l *Link) {
	w := &l.watch
	if w.armed && w.output == l.stalled {
		return
	}
	w.armed, w.output = true, l.stalled
	events := uint32(unix.EPOLLIN)
	if l.stalled {
		events |= unix.EPOLLOUT
	}
	_ = p.control(l, unix.EPOLL_CTL_MOD, events)
}

// loop waits for events until there are no links.
func (p *Poller) loop() {
	var events [64]unix.EpollEvent
	for last := core.Now(); ; {
		timeout, ok := p.sleep()
		if !ok {
			return
		}
		n, err := unix.EpollWait(p.epoll, events[:], timeout)
		if err != nil {
			n = 0
		}
		for _, e := range events[:n] {
			if e.Fd == int32(p.bell.Reader()) {
				p.bell.Silence()
			} else if l := p.find(e.Fd); l != nil {
				l.event()
			}
		}
		if now := core.Now(); now-last >= tick*int64(time.Millisecond) {
			p.tick()
			last = now
		}
	}
}

// sleep returns how long to wait. Without links it ends the Poller's run.
func (p *Poller) sleep() (timeout int, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.links) == 0 {
		p.running = false
		p.idlers = nil
		_ = unix.Close(p.epoll)
		p.bell.Close()
		return 0, false
	}
	p.asleep = len(p.idlers) == 0
	if p.asleep {
		return -1, true
	}
	return tick, true
}

func (p *Poller) find(fd int32) *Link {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.links[fd]
}

// tick arms the links that nobody used since the last one.
func (p *Poller) tick() {
	p.mu.Lock()
	idlers := p.idlers
	p.idlers = nil
	p.mu.Unlock()
	for _, l := range idlers {
		l.rest()
	}
}

// rest is a tick of the Poller for l.
func (l *Link) rest() {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := &l.watch
	w.listed = false
	used := w.uses != w.seen
	w.seen = w.uses
	switch {
	case l.down || l.closed:
	case used:
		l.poller.idle(l, false)
	case !l.leading && l.promoted == nil:
		l.poller.arm(l)
	}
}

// event is called when the armed socket of l is ready.
func (l *Link) event() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.watch.armed = false
	l.attend()
}
