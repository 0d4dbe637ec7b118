package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
)

// BERT-RPC messages, written by hand: a 4-byte length, the byte 131, one term.

func berp(term []byte) []byte {
	m := binary.BigEndian.AppendUint32(nil, uint32(len(term)+1))
	return append(append(m, 131), term...)
}

func tuple(elements ...[]byte) []byte {
	return append([]byte{104, byte(len(elements))}, bytes.Join(elements, nil)...)
}

func list(elements ...[]byte) []byte {
	l := binary.BigEndian.AppendUint32([]byte{108}, uint32(len(elements)))
	return append(append(l, bytes.Join(elements, nil)...), 106)
}

func atom(name string) []byte { return append([]byte{100, 0, byte(len(name))}, name...) }

func binaryOf(text string) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{109}, uint32(len(text))), text...)
}

// question is the call of module.echo with the payload, answer what comes back.
func question(module string) []byte {
	return berp(tuple(atom("call"), atom(module), atom("echo"), list(binaryOf(payload()))))
}

func answerOf() []byte { return berp(tuple(atom("reply"), binaryOf(payload()))) }

// keepAlive is the message that keeps a connection open.
func keepAlive() []byte {
	return berp(tuple(atom("info"), atom("connection"), list(atom("keep_alive"))))
}

// bareServer is the floor: it accepts, reads one message, writes the answer and
// closes.
func bareServer(l net.Listener) {
	answer := answerOf()
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer func() { _ = c.Close() }()
			buf := make([]byte, 4096)
			n, err := io.ReadAtLeast(c, buf, 4)
			if err != nil {
				return
			}
			size := min(4+int(binary.BigEndian.Uint32(buf)), len(buf))
			if _, err := io.ReadFull(c, buf[n:max(n, size)]); err == nil {
				_, _ = c.Write(answer)
			}
		}()
	}
}

// once makes one call over a connection of its own, and waits for its end.
func once(addr string, question, answer, buf []byte) error {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	if _, err := c.Write(question); err != nil {
		return err
	}
	n, err := io.ReadFull(c, buf[:len(answer)+1])
	if err != io.ErrUnexpectedEOF || !bytes.Equal(buf[:n], answer) {
		return fmt.Errorf("%s answered %x and %v, not %x and the end", addr, buf[:n], err, answer)
	}
	return nil
}

// keep opens a connection that stays, and returns one call over it.
func keep(addr string, question, answer []byte) (call func() error, end func(), err error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, nil, err
	}
	if _, err := c.Write(keepAlive()); err != nil {
		_ = c.Close()
		return nil, nil, err
	}
	buf := make([]byte, len(answer))
	call = func() error {
		if _, err := c.Write(question); err != nil {
			return err
		}
		if _, err := io.ReadFull(c, buf); err != nil {
			return err
		}
		if !bytes.Equal(buf, answer) {
			return fmt.Errorf("%s answered %x, not %x", addr, buf, answer)
		}
		return nil
	}
	return call, func() { _ = c.Close() }, nil
}
