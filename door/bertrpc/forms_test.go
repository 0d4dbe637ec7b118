package bertrpc

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/fondaco/fondaco/codec/bert"
	"github.com/fondaco/fondaco/codec/json"
	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/door"
)

// TestForms sends the same call in every form that a client may choose.
func TestForms(t *testing.T) {
	got := make(chan string, 1)
	_, addr := serve(t, core.HandlerFunc(func(_ context.Context, req *core.Request) (core.Body, error) {
		got <- req.Module + "." + req.Function + string(req.Args.Data)
		return core.Body{}, nil
	}), nil)
	utf8 := func(name string) string { return "\x76\x00" + string(rune(len(name))) + name }
	small := func(name string) string { return "\x77" + string(rune(len(name))) + name }
	latin := func(name string) string { return "\x73" + string(rune(len(name))) + name }
	plain := "\x68\x04" + atomOf("call") + atomOf("m") + atomOf("f") + "\x6a"
	for name, tt := range map[string]struct{ term, want string }{
		"plain":          {plain, "m.f\x6a"},
		"large tuple":    {"\x69\x00\x00\x00\x04" + plain[2:], "m.f\x6a"},
		"UTF-8 atoms":    {"\x68\x04" + utf8("call") + small("mé") + latin("f") + "\x6a", "mé.f\x6a"},
		"string as list": {"\x68\x04" + atomOf("call") + atomOf("m") + atomOf("f") + "\x6b\x00\x02\x01\x02", "m.f\x6b\x00\x02\x01\x02"},
		"compressed":     {compressed(plain, len(plain)), "m.f\x6a"},
	} {
		c := dial(t, addr)
		_, _ = io.WriteString(c, packet(tt.term))
		if answer := readBERP(t, c); answer != replyOf(bertNil) {
			t.Errorf("%s: answered %q", name, answer)
			continue
		}
		if call := <-got; call != tt.want {
			t.Errorf("%s: got %q", name, call)
		}
	}
}

// TestResults checks that what goes out is strict BERT, whatever the handler
// answered with.
func TestResults(t *testing.T) {
	var result core.Body
	_, addr := serve(t, core.HandlerFunc(func(context.Context, *core.Request) (core.Body, error) { return result, nil }), nil)
	long := binaryOf(strings.Repeat("x", 3*piece))
	for name, tt := range map[string]struct {
		body core.Body
		want string // "" is an error of type user
	}{
		"strict":        {core.Body{Codec: bert.Codec, Data: []byte("\x61\x05"), Strict: true}, "\x61\x05"},
		"long":          {core.Body{Codec: bert.Codec, Data: []byte(long), Strict: true}, long},
		"new atom":      {core.Body{Codec: bert.Codec, Data: []byte("\x77\x02ok")}, "\x64\x00\x02ok"},
		"JSON":          {core.Body{Codec: json.Codec, Data: []byte(`["a",null]`)}, listOf("\x6d\x00\x00\x00\x01a", bertNil)},
		"long JSON":     {core.Body{Codec: json.Codec, Data: []byte(`"` + strings.Repeat("x", 3*piece) + `"`)}, long},
		"no value":      {core.Body{}, bertNil},
		"broken result": {core.Body{Codec: json.Codec, Data: []byte(`[1`)}, ""},
	} {
		result = tt.body
		c := dial(t, addr)
		_, _ = io.WriteString(c, callOf("\x6a"))
		got := readBERP(t, c)
		if tt.want == "" && !strings.HasPrefix(got, errorPrefix) || tt.want != "" && got != replyOf(tt.want) {
			t.Errorf("%s: got %.100q", name, got)
		}
		wantEnd(t, c)
	}
}

// A client that sends more than it may still gets its answer, and an orderly
// end.
func TestAnswerIsNotResetAway(t *testing.T) {
	_, addr := serve(t, echo, nil)
	for range 20 {
		c := dial(t, addr)
		go func() {
			_, _ = io.WriteString(c, callOf("\x6a")+strings.Repeat(callOf("\x6a"), 20_000))
			_ = c.CloseWrite()
		}()
		if got := readBERP(t, c); got != replyOf("\x6a") {
			t.Fatalf("got %q", got)
		}
		wantEnd(t, c)
	}
}

// A kept connection is closed when it idles after its calls.
func TestKeptConnectionIdles(t *testing.T) {
	d, addr := serve(t, echo, func(d *config.Door, _ *door.Options) { d.Idle = 30 * time.Millisecond })
	c := dial(t, addr)
	_, _ = io.WriteString(c, infoOf("connection", atomOf("keep_alive")))
	for range 5 {
		_, _ = io.WriteString(c, callOf("\x6a"))
		if got := readBERP(t, c); got != replyOf("\x6a") {
			t.Fatalf("got %q", got)
		}
	}
	wantEnd(t, c)
	until(t, func() bool { return d.Stats().Open == 0 })
}

// Names are learned from calls that were answered only, and up to a bound.
func TestNames(t *testing.T) {
	var n names
	if _, known := n.get([]byte("a")); known {
		t.Fatal("a is known")
	}
	n.learn("a")
	if s, known := n.get([]byte("a")); !known || s != "a" {
		t.Fatal("a is not known")
	}
	for i := range maxNames + 10 {
		n.learn(strings.Repeat("x", i))
	}
	if len(*n.known.Load()) > maxNames {
		t.Fatalf("%d names are known", len(*n.known.Load()))
	}
}
