package bertrpc_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/fondaco/fondaco/codec/bert"
	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/conformance/bertrpc"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/door"
	bertdoor "github.com/fondaco/fondaco/door/bertrpc"
)

const generous = 20 * time.Second

// TestReplay holds the door against what the original server said, byte for
// byte, with handlers that do what the original's did.
func TestReplay(t *testing.T) {
	all, err := bertrpc.Load()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 29 {
		t.Fatalf("%d conversations were found, not 29", len(all))
	}
	for _, c := range all {
		t.Run(c.Name, func(t *testing.T) { replay(t, c) })
	}
}

func replay(t *testing.T, c bertrpc.Conversation) {
	if len(c.Sent)+len(c.Got) == 0 || len(c.Ours) == 0 {
		t.Fatal("the conversation is empty")
	}
	spec := config.DefaultDoor("bert://127.0.0.1:0")
	if c.Got[0].Event == "silence" {
		spec.Idle = 50 * time.Millisecond
	}
	d, err := bertdoor.New(spec, core.HandlerFunc(original), door.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Serve(ctx) }()
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	nc, err := net.Dial("tcp", strings.TrimPrefix(d.URL(), "bert://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = nc.Close() }()
	_ = nc.SetDeadline(time.Now().Add(generous))
	for _, s := range c.Sent {
		if s.Event == "half-close" {
			err = nc.(*net.TCPConn).CloseWrite()
		} else {
			_, err = nc.Write(s.Bytes)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range c.Ours {
		if s.Event == "close" {
			if rest, err := io.ReadAll(nc); err != nil || len(rest) > 0 {
				t.Fatalf("instead of a close came %x, %v", rest, err)
			}
			return
		}
		got := make([]byte, len(s.Bytes))
		if n, err := io.ReadFull(nc, got); err != nil || !bytes.Equal(got, s.Bytes) {
			t.Fatalf("got %.80x, %v; want %.80x", got[:n], err, s.Bytes)
		}
	}
	t.Fatal("the conversation has no end")
}

// original does what the handlers did that the conversations were captured
// from, and what the server itself answered as __admin__: behind a door that
// is a module like any other.
func original(_ context.Context, req *core.Request) (core.Body, error) {
	args, err := arguments(req.Args)
	if err != nil {
		return core.Body{}, err
	}
	out := core.Token{Kind: core.TextToken}
	switch req.Module + "." + req.Function {
	case "nat.add", "ext1.add":
		out = args[0]
		out.Int += args[1].Int
		out.Bytes = append(out.Bytes, args[1].Bytes...)
	case "ext1.bytes", "probe.big":
		out.Bytes = bytes.Repeat([]byte("x"), int(args[0].Int))
	case "ext1.size":
		out = core.Token{Kind: core.IntToken, Int: int64(len(args[0].Bytes))}
	case "probe.id":
		out = args[0]
	case "__admin__.stats":
		out.Bytes = []byte("connections.total=22\nconnections.completed=20\nworkers.idle.probe=native\n" +
			"workers.idle.nat=native\nworkers.idle.ext1=1\nworkers.idle.ext2=2\nqueue.high=0\nqueue.low=0\n")
	case "__admin__.reload_handlers":
		out.Bytes = []byte("Handlers reloaded.")
	case "__admin__.bogus":
		out.Bytes = []byte("Admin function not supported.")
	case "ext1.boom":
		return core.Body{}, &core.Error{Kind: core.KindUser, Class: "RuntimeError", Message: "boom"}
	default:
		return core.Body{}, core.ErrNoModule
	}
	w := bert.Codec.NewWriter()
	w.Reset(req.Reply)
	if err := w.Put(&out); err != nil {
		return core.Body{}, err
	}
	data, err := w.Bytes()
	return core.Body{Codec: bert.Codec, Data: data, Strict: true}, err
}

// arguments returns the scalars in a list.
func arguments(list core.Body) ([]core.Token, error) {
	r := list.Codec.NewReader()
	r.Reset(list.Data, core.ReadOptions{})
	var all []core.Token
	for {
		var t core.Token
		err := r.Next(&t)
		if err == io.EOF {
			return all[1 : len(all)-1], nil // without the list itself
		}
		if err != nil {
			return nil, err
		}
		t.Bytes = bytes.Clone(t.Bytes)
		all = append(all, t)
	}
}
