package bertrpc

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"testing"

	"github.com/fondaco/fondaco/codec/bert"
	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/door"
	"github.com/fondaco/fondaco/wire/berp"
)

// BenchmarkConnection compares a connection for each call with the floor, a
// server that accepts, reads, writes a constant and closes, and with kept
// connections. Eight clients share the cores with the server.
func BenchmarkConnection(b *testing.B) {
	request := []byte(message("call", "math", "add", listOf("\x61\x01", "\x61\x02")))
	answer := []byte(packet("\x68\x02" + atomOf("reply") + "\x61\x03"))
	three := core.HandlerFunc(func(_ context.Context, req *core.Request) (core.Body, error) {
		return core.Body{Codec: bert.Codec, Data: append(req.Reply, "\x61\x03"...), Strict: true}, nil
	})
	b.Run("floor", func(b *testing.B) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = l.Close() }()
		go bare(l, answer)
		clients(b, l.Addr().String(), request, len(answer))
	})
	b.Run("door", func(b *testing.B) {
		_, addr := serve(b, three, nil)
		clients(b, addr, request, len(answer))
	})
	b.Run("kept", func(b *testing.B) {
		_, addr := serve(b, three, nil)
		b.SetParallelism(4)
		b.RunParallel(func(pb *testing.PB) {
			c, err := net.Dial("tcp", addr)
			if err != nil {
				b.Error(err)
				return
			}
			defer func() { _ = c.Close() }()
			_, _ = io.WriteString(c, infoOf("connection", listOf(atomOf("keep_alive"))))
			buf := make([]byte, len(answer))
			for pb.Next() {
				_, _ = c.Write(request)
				if _, err := io.ReadFull(c, buf); err != nil {
					b.Error(err)
					return
				}
			}
		})
	})
}

// clients makes a connection for each call, several at a time.
func clients(b *testing.B, addr string, request []byte, answer int) {
	b.SetParallelism(4)
	b.RunParallel(func(pb *testing.PB) {
		buf := make([]byte, answer+1)
		for pb.Next() {
			c, err := net.Dial("tcp", addr)
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = c.Write(request)
			n, err := io.ReadFull(c, buf)
			if n != answer {
				b.Errorf("%d bytes, %v", n, err)
			}
			_ = c.Close()
		}
	})
}

// bare is the floor.
func bare(l net.Listener, answer []byte) {
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
			size := 4 + int(binary.BigEndian.Uint32(buf))
			if _, err := io.ReadFull(c, buf[n:max(n, size)]); err == nil {
				_, _ = c.Write(answer)
			}
		}()
	}
}

// What a request costs between its bytes and its handler, and back.
func TestPassThroughAllocatesNothing(t *testing.T) {
	d, err := New(config.DefaultDoor("bert://127.0.0.1:0"), echo, door.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	d.names.learn("math")
	d.names.learn("add")
	term := []byte(message("call", "math", "add", listOf("\x61\x01", "\x61\x02"))[5:])
	var m memory
	var req core.Request
	if n := testing.AllocsPerRun(1000, func() {
		e, err := berp.ParseRequest(term, d.limits)
		if err != nil {
			t.Fatal(err)
		}
		module, known := d.names.get(e.Module)
		function, known2 := d.names.get(e.Function)
		if !known || !known2 {
			t.Fatal("the names are not known")
		}
		reserve(&m.out)
		req = core.Request{Module: module, Function: function, Reply: m.out[replyHead:replyHead],
			Args: core.Body{Codec: bert.Codec, Data: e.Args, Strict: e.Strict}}
		body, err := d.handler.Handle(context.Background(), &req)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = m.appendReply(body); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a call", n)
	}
	if want := packet("\x68\x02" + atomOf("reply") + string(req.Args.Data)); string(m.out) != want {
		t.Errorf("got %q, want %q", m.out, want)
	}
}
