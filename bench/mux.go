package main

import (
	"encoding/binary"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"sync"
)

// The floor of many calls in flight: frames of a length, a slot number and the
// payload over a socketpair, written in batches, read by one goroutine. There
// is no routing, no codec, no deadline, no error and no other end than a crash.

const muxHead = 8 // length of the payload, slot: 4 bytes each, big-endian

// mux is the calling side. Each slot is one caller's.
type mux struct {
	conn  net.Conn
	peer  *peer
	slots []slot

	mu           sync.Mutex
	batch, spare []byte
	writing      bool
}

type slot struct {
	done chan error
	got  []byte
}

// newMux starts c and returns a mux with so many slots to it.
func newMux(c *exec.Cmd, slots int) (*mux, error) {
	p, err := startPeer(c)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(p.fd), "mux")
	conn, err := net.FileConn(f)
	_ = f.Close()
	if err != nil {
		p.end()
		return nil, err
	}
	m := &mux{conn: conn, peer: p, slots: make([]slot, slots)}
	for i := range m.slots {
		m.slots[i].done = make(chan error, 1)
	}
	go m.read()
	return m, nil
}

func (m *mux) end() {
	_ = m.conn.Close()
	m.peer.end()
}

// call sends payload and waits for its answer, which is valid until the slot's
// next call.
func (m *mux) call(i int, payload []byte) ([]byte, error) {
	m.mu.Lock()
	m.batch = binary.BigEndian.AppendUint32(m.batch, uint32(len(payload)))
	m.batch = binary.BigEndian.AppendUint32(m.batch, uint32(i))
	m.batch = append(m.batch, payload...)
	var err error
	if !m.writing {
		m.writing = true
		m.mu.Unlock()
		runtime.Gosched() // others add their frames meanwhile
		m.mu.Lock()
		for len(m.batch) > 0 && err == nil {
			out := m.batch
			m.batch = m.spare[:0]
			m.mu.Unlock()
			_, err = m.conn.Write(out)
			m.mu.Lock()
			m.spare = out
		}
		m.writing = false
	}
	m.mu.Unlock()
	if err != nil {
		return nil, err
	}
	err = <-m.slots[i].done
	return m.slots[i].got, err
}

func (m *mux) read() {
	in := make([]byte, 256<<10)
	for have := 0; ; {
		n, err := m.conn.Read(in[have:])
		if err != nil {
			for i := range m.slots {
				select {
				case m.slots[i].done <- io.ErrUnexpectedEOF:
				default:
				}
			}
			return
		}
		have += n
		used := 0
		for have-used >= muxHead {
			size := muxHead + int(binary.BigEndian.Uint32(in[used:]))
			if have-used < size {
				break
			}
			s := &m.slots[binary.BigEndian.Uint32(in[used+4:])]
			s.got = append(s.got[:0], in[used+muxHead:used+size]...)
			s.done <- nil
			used += size
		}
		have = copy(in, in[used:have])
	}
}

// beEcho is the answering side in Go: it returns every whole frame of what it
// read with one write.
func beEcho([]byte) error {
	in, out := make([]byte, 256<<10), make([]byte, 0, 256<<10)
	for have := 0; ; {
		n, err := readSome(3, in[have:])
		if n <= 0 {
			return err
		}
		have += n
		used := 0
		out = out[:0]
		for have-used >= muxHead {
			size := muxHead + int(binary.BigEndian.Uint32(in[used:]))
			if have-used < size {
				break
			}
			out = append(out, in[used:used+size]...)
			used += size
		}
		if err := writeAll(3, out); err != nil {
			return err
		}
		have = copy(in, in[used:have])
	}
}
