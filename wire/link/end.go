package link

// fail ends the link for the given reason. What is in flight is told once
// Options.Down has found out more.
func (l *Link) fail(reason error) {
	if l.down {
		return
	}
	l.down, l.reason = true, reason
	l.batch, l.sent, l.out, l.spare = nil, 0, nil, nil
	l.stalled = false
	l.sock.Shutdown()
	l.kick()
	l.cancel()
	for _, n := range l.nested {
		n.cancel()
	}
	for _, c := range l.queue {
		l.rouse(c)
	}
	l.drained.Broadcast()
	if l.timer != nil {
		l.timer.Stop()
	}
	go l.finish()
}

// finish tells all that are in flight.
func (l *Link) finish() {
	err := l.opts.Down(l.reason)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.err, l.told = err, true
	for _, c := range l.slots {
		if c.sent && !c.over {
			l.complete(c, err)
		}
	}
	close(l.done)
	l.release()
}

// release closes the descriptors once the link has ended and nobody uses them.
func (l *Link) release() {
	if !l.told || l.leading || l.writing || l.closed {
		return
	}
	l.closed = true
	l.poller.unregister(l)
	l.sock.Close()
	close(l.gone)
}
