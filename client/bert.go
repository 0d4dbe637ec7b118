package client

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/fondaco/fondaco/codec"
	"github.com/fondaco/fondaco/codec/bert"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/wire/berp"
)

// keepAlive is the whole message {info, connection, [keep_alive]}. Servers
// that do not know it ignore it, and close after one reply.
const keepAlive = "\x00\x00\x00\x2a\x83\x68\x03\x64\x00\x04info\x64\x00\x0aconnection" +
	"\x6c\x00\x00\x00\x01\x64\x00\x0akeep_alive\x6a"

// bertWire speaks BERT-RPC, one request at a time.
type bertWire struct {
	address, where string
	fresh          bool

	mu     sync.Mutex
	conn   net.Conn // nil: none
	asked  bool     // the server was asked to keep the connection
	reader *bufio.Reader
	out    []byte
}

func (b *bertWire) call(ctx context.Context, module, function string, args core.Body) (core.Body, error) {
	term, err := b.exchange(ctx, berp.Call, module, function, args)
	if err != nil {
		return core.Body{}, err
	}
	return parseReply(b.where, term)
}

func (b *bertWire) cast(ctx context.Context, module, function string, args core.Body) error {
	term, err := b.exchange(ctx, berp.Cast, module, function, args)
	if err != nil {
		return err
	}
	_, err = parseReply(b.where, term)
	return err
}

func (b *bertWire) close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.drop()
}

func (b *bertWire) drop() error {
	if b.conn == nil {
		return nil
	}
	err := b.conn.Close()
	b.conn, b.reader = nil, nil
	return err
}

// reset ends the connection so that the server notices, and cancels the call:
// a mere end of file may be a client that just has no more to say.
func (b *bertWire) reset() {
	if tcp, ok := b.conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = b.drop()
}

// exchange sends one request and returns the reply's message.
func (b *bertWire) exchange(ctx context.Context, word berp.Word, module, function string, args core.Body) ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.connect(ctx); err != nil {
		return nil, err
	}
	b.out = b.out[:0]
	if !b.fresh && !b.asked {
		b.out = append(b.out, keepAlive...)
	}
	if err := b.request(word, module, function, args); err != nil {
		return nil, err
	}
	b.asked = true
	// The end of ctx ends the reading and writing. The function may run until
	// after exchange returned, so that it holds on to the connection itself.
	conn := b.conn
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	message, err := b.roundTrip()
	if !stop() {
		b.reset()
	}
	if err != nil || b.fresh {
		_ = b.drop() // a reply that comes too late must not meet the next request
	}
	if err != nil {
		return nil, lost(ctx, b.where, err)
	}
	return message, nil
}

// connect makes sure that there is a connection.
func (b *bertWire) connect(ctx context.Context) error {
	if b.conn != nil {
		return nil
	}
	conn, err := (&net.Dialer{Timeout: connectTime}).DialContext(ctx, "tcp", b.address)
	if err != nil {
		return unreachable(ctx, b.where, err)
	}
	b.conn, b.asked, b.reader = conn, false, bufio.NewReader(conn)
	return nil
}

// request appends the message {Word, Module, Function, Arguments}.
func (b *bertWire) request(word berp.Word, module, function string, args core.Body) error {
	start := len(b.out)
	out, err := berp.BeginRequest(b.out, word, module, function)
	if err == nil {
		out, err = codec.Transcode(out, args, bert.Codec, core.ReadOptions{Limits: limits})
	}
	if err != nil {
		return err
	}
	berp.Finish(out, start)
	b.out = out
	return nil
}

// roundTrip writes what is in b.out, and reads one message.
func (b *bertWire) roundTrip() ([]byte, error) {
	if _, err := b.conn.Write(b.out); err != nil {
		return nil, err
	}
	var head [berp.HeadSize]byte
	if _, err := io.ReadFull(b.reader, head[:]); err != nil {
		return nil, err
	}
	if string(head[:]) == "HTTP" {
		return nil, noReply(core.KindProtocol, nil, "%s speaks HTTP; write http://%s", b.where, b.address)
	}
	size := binary.BigEndian.Uint32(head[:])
	if size > maxReply {
		return nil, unreadable(b.where, fmt.Sprintf("a message of %d bytes", size))
	}
	message, err := io.ReadAll(io.LimitReader(b.reader, int64(size)))
	if err == nil && len(message) < int(size) {
		err = io.ErrUnexpectedEOF
	}
	return message, err
}
