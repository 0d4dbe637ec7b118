package bertrpc

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/fondaco/fondaco/codec/bert"
	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/door"
)

// generous bounds every wait of these tests; none takes nearly that long
// unless something is broken.
const generous = 10 * time.Second

// serve starts a door for h and returns its address.
func serve(t testing.TB, h core.Handler, change func(*config.Door, *door.Options)) (*Door, string) {
	t.Helper()
	spec := config.DefaultDoor("bert://127.0.0.1:0")
	opts := door.Options{Drain: generous}
	if change != nil {
		change(&spec, &opts)
	}
	d, err := New(spec, h, opts)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return d, strings.TrimPrefix(d.URL(), "bert://")
}

func dial(t testing.TB, addr string) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(generous))
	return c.(*net.TCPConn)
}

// berp puts a length and the magic byte in front of a term.
func packet(term string) string {
	return string(binary.BigEndian.AppendUint32(nil, uint32(len(term)+1))) + "\x83" + term
}

func atomOf(name string) string { return "\x64\x00" + string(rune(len(name))) + name }

// message is {word, module, function, args}.
func message(word, module, function, args string) string {
	return packet("\x68\x04" + atomOf(word) + atomOf(module) + atomOf(function) + args)
}

func infoOf(command, options string) string {
	return packet("\x68\x03" + atomOf("info") + atomOf(command) + options)
}

func listOf(terms ...string) string {
	return string(binary.BigEndian.AppendUint32([]byte("\x6c"), uint32(len(terms)))) + strings.Join(terms, "") + "\x6a"
}

func binaryOf(text string) string {
	return string(binary.BigEndian.AppendUint32([]byte("\x6d"), uint32(len(text)))) + text
}

// readBERP reads one message.
func readBERP(t testing.TB, c io.Reader) string {
	t.Helper()
	var head [4]byte
	if _, err := io.ReadFull(c, head[:]); err != nil {
		t.Fatalf("no answer: %v", err)
	}
	body := make([]byte, binary.BigEndian.Uint32(head[:]))
	if _, err := io.ReadFull(c, body); err != nil {
		t.Fatalf("half an answer: %v", err)
	}
	return string(body)
}

func wantEnd(t testing.TB, c io.Reader) {
	t.Helper()
	if rest, err := io.ReadAll(c); err != nil || len(rest) > 0 {
		t.Fatalf("after the answer came %q, %v; want the end", rest, err)
	}
}

// echo answers its arguments.
var echo = core.HandlerFunc(func(_ context.Context, req *core.Request) (core.Body, error) {
	return core.Body{Codec: req.Args.Codec, Data: append(req.Reply, req.Args.Data...), Strict: req.Args.Strict}, nil
})

func replyOf(term string) string { return replyPrefix + term }

func TestCallAndClose(t *testing.T) {
	_, addr := serve(t, echo, nil)
	c := dial(t, addr)
	args := listOf("\x61\x01", "\x61\x02")
	_, _ = io.WriteString(c, message("call", "math", "add", args))
	if got := readBERP(t, c); got != replyOf(args) {
		t.Fatalf("got %q", got)
	}
	wantEnd(t, c)
}

func TestRequestCarriesWhatWasSaid(t *testing.T) {
	got := make(chan core.Request, 1)
	d, addr := serve(t, core.HandlerFunc(func(_ context.Context, req *core.Request) (core.Body, error) {
		r := *req
		r.Args = req.Args.Clone()
		got <- r
		return core.Body{}, nil
	}), nil)
	for _, form := range []func(string) string{func(s string) string { return s }, func(s string) string { return listOf(s) }} {
		c := dial(t, addr)
		before := core.Now()
		_, _ = io.WriteString(c, infoOf("priority", form(atomOf("low")))+infoOf("deadline", form("\x62\x00\x00\x05\xdc"))+
			infoOf("cache", listOf(atomOf("x")))+message("call", "math", "add", "\x6a"))
		if answer := readBERP(t, c); answer != replyOf(bertNil) {
			t.Fatalf("a value that is none was answered with %q", answer)
		}
		req := <-got
		timeout := time.Duration(req.Deadline - before)
		if req.Priority != core.Low || !req.Guard || req.Kind != core.Call || req.Module != "math" || req.Function != "add" ||
			req.Args.Codec != bert.Codec || string(req.Args.Data) != "\x6a" || !req.Args.Strict ||
			timeout < 1500*time.Millisecond || timeout > generous || req.Caller.Door != d.URL() || req.Caller.Remote != c.LocalAddr().String() {
			t.Fatalf("got %+v, deadline in %v", req, timeout)
		}
	}
}

func TestKeptConnection(t *testing.T) {
	_, addr := serve(t, echo, nil)
	c := dial(t, addr)
	var sent, want strings.Builder
	sent.WriteString(infoOf("connection", listOf(atomOf("keep_alive"))))
	for i := range 500 {
		args := listOf("\x62\x00\x00" + string([]byte{byte(i >> 8), byte(i)}))
		sent.WriteString(message("call", "math", "add", args))
		want.WriteString(replyOf(args))
	}
	go func() { _, _ = io.WriteString(c, sent.String()) }()
	var got strings.Builder
	for range 500 {
		got.WriteString(readBERP(t, c))
	}
	if got.String() != want.String() {
		t.Fatal("the answers are not those of the requests, in their order")
	}
	_, _ = io.WriteString(c, message("cast", "math", "add", "\x6a"))
	if got := readBERP(t, c); got != string(noreply[4:]) {
		t.Fatalf("got %q", got)
	}
	_ = c.CloseWrite()
	wantEnd(t, c)
}

func TestErrors(t *testing.T) {
	var fail error
	_, addr := serve(t, core.HandlerFunc(func(context.Context, *core.Request) (core.Body, error) { return core.Body{}, fail }), nil)
	bin := binaryOf
	tuple := func(kind, code, class, detail, trace string) string {
		return errorPrefix + "\x68\x05" + atomOf(kind) + code + bin(class) + bin(detail) + trace
	}
	for _, tt := range []struct {
		err  error
		want string
	}{
		{core.ErrNoModule, tuple("server", "\x61\x01", "ServerError", "No such module 'm'", "\x6a")},
		{core.ErrNoFunction, tuple("server", "\x61\x02", "ServerError", "No such function 'm:f'", "\x6a")},
		{core.NewError(core.KindBroken, "b"), tuple("server", "\x61\x64", "broken", "b", "\x6a")},
		{core.NewError(core.KindTimeout, "b"), tuple("server", "\x61\x65", "timeout", "b", "\x6a")},
		{core.NewError(core.KindOverloaded, "b"), tuple("server", "\x61\x66", "overloaded", "b", "\x6a")},
		{core.NewError(core.KindUnavailable, "b"), tuple("server", "\x61\x67", "unavailable", "b", "\x6a")},
		{core.NewError(core.KindDenied, "b"), tuple("server", "\x61\x68", "denied", "b", "\x6a")},
		{core.NewError(core.KindProtocol, "b"), tuple("server", "\x61\x6a", "protocol", "b", "\x6a")},
		{&core.Error{Kind: core.KindUser, Class: "E", Message: "b", Backtrace: []string{"x", "y"}, Code: -7},
			tuple("user", "\x62\xff\xff\xff\xf9", "E", "b", listOf(bin("x"), bin("y")))},
		{io.ErrUnexpectedEOF, tuple("user", "\x61\x00", "Error", "unexpected EOF", "\x6a")},
		{&core.Error{Kind: core.KindUser, Term: core.Body{Codec: bert.Codec, Data: []byte("\x68\x01\x61\x09"), Strict: true}},
			errorPrefix + "\x68\x01\x61\x09"},
	} {
		fail = tt.err
		c := dial(t, addr)
		_, _ = io.WriteString(c, message("call", "m", "f", "\x6a"))
		if got := readBERP(t, c); got != tt.want {
			t.Errorf("%v: got %q, want %q", tt.err, got, tt.want)
		}
		wantEnd(t, c)
	}
}
