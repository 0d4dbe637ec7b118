package accept

import (
	"net"
	"sync"
)

// Releasing returns l as a plain net.Listener, whose connections give their
// places back when they are closed: for servers that know nothing of Release.
func (l *Listener) Releasing() net.Listener { return places{l} }

type places struct{ *Listener }

// Accept is net.Listener's.
func (p places) Accept() (net.Conn, error) {
	c, err := p.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &placed{Conn: c, release: sync.OnceFunc(p.Release)}, nil
}

type placed struct {
	net.Conn
	release func()
}

// Close is net.Conn's.
func (c *placed) Close() error {
	defer c.release()
	return c.Conn.Close()
}
