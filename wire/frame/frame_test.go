package frame

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"strings"
	"testing"
)

// parseOne cuts the only frame of wire and takes it apart.
func parseOne(t *testing.T, wire []byte) Message {
	t.Helper()
	var b Buffer
	b.Filled(copy(b.Room(), wire))
	id, message, ok, err := b.Next()
	if err != nil || !ok {
		t.Fatalf("Next: ok %v, err %v", ok, err)
	}
	var m Message
	if err := Parse(id, message, &m); err != nil {
		t.Fatalf("Parse: %v", err)
	}
	if b.Buffered() != 0 {
		t.Fatalf("%d bytes are left", b.Buffered())
	}
	return m
}

func TestRoundTrip(t *testing.T) {
	args := []byte{0x82, 1, 2}
	call := func(kind Kind, o Options) []byte {
		b := BeginCall([]byte(nil), kind, 7, "math", "add", o)
		b, ok := EndCall(append(b, args...), 0, o, DefaultLimit)
		if !ok {
			t.Fatal("frame over the limit")
		}
		return b
	}
	long := strings.Repeat("x", 300)
	tests := []struct {
		name string
		wire []byte
		want Message
	}{
		{"call", call(Call, Options{}), Message{ID: 7, Kind: Call, Module: []byte("math"), Function: []byte("add"), Args: args}},
		{"call with options", call(Call, Options{Guard: true, In: true, Out: 16, Parent: 1 << 30}), Message{ID: 7, Kind: Call, Module: []byte("math"),
			Function: []byte("add"), Args: args, Options: Options{Guard: true, In: true, Out: 16, Parent: 1 << 30}}},
		{"cast", call(Cast, Options{}), Message{ID: 7, Kind: Cast, Module: []byte("math"), Function: []byte("add"), Args: args}},
		{"reply", AppendReply(nil, 9, []byte{0x03}), Message{ID: 9, Kind: Reply, Value: []byte{3}}},
		{"error", AppendError(nil, 9, "user", "E", long, []string{"a:1"}), Message{ID: 9, Kind: Error, Word: []byte("user"), Class: []byte("E"),
			Text: []byte(long), Backtrace: []byte("\x81\x63a:1")}},
		{"cancel", AppendBare(nil, Cancel, 3), Message{ID: 3, Kind: Cancel}},
		{"chunk", AppendChunk(nil, 3, []byte("ab")), Message{ID: 3, Kind: Chunk, Value: []byte("ab")}},
		{"credit", AppendCredit(nil, 3, 1000), Message{ID: 3, Kind: Credit, Credit: 1000}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := parseOne(t, tt.wire); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

// TestForeign reads messages that other libraries may write: longer heads,
// containers without a length, elements and keys of later versions.
func TestForeign(t *testing.T) {
	tests := []struct {
		name, hex string
		want      Message
	}{
		{"extra element", "830305f6", Message{Kind: Reply, Value: []byte{5}}},
		{"array without length", "9f039f0102ffff", Message{Kind: Reply, Value: []byte{0x9f, 1, 2, 0xff}}},
		{"long heads", "98021803" + "f6", Message{Kind: Reply, Value: []byte{0xf6}}},
		{"unknown kind", "82187821", Message{Kind: 120}},
		{"unknown option", "8501616d616680a2617801" + "656775617264f5", Message{Kind: Call, Module: []byte("m"), Function: []byte("f"),
			Args: []byte{0x80}, Options: Options{Guard: true}}},
		{"option key that is no text", "8501616d616680a20102" + "656775617264f5", Message{Kind: Call, Module: []byte("m"), Function: []byte("f"),
			Args: []byte{0x80}, Options: Options{Guard: true}}},
		{"error without class", "82046475736572", Message{Kind: Error, Word: []byte("user")}},
		{"error in bytes", "8404647573657260" + "42ff00", Message{Kind: Error, Word: []byte("user"), Class: []byte{}, Text: []byte{0xff, 0}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			raw, err := hex.DecodeString(tt.hex)
			if err != nil {
				t.Fatal(err)
			}
			var got Message
			if err := Parse(0, raw, &got); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

func TestMalformed(t *testing.T) {
	for _, h := range []string{
		"", "80", "01", "a0", "f6", "8161", "8103", "8203", "9f03", "84016160", "8301616d6166", "8401616d616601", "840141006166" + "80",
		"8501616d61668001", "8501616d616680a1656775617264" + "01", "8501616d616680a1", "8107", "820740", "82076161", "8109", "820920", "8204", "820401",
		"9b0000000100000000", "9bffffffffffffffff", "820bfc", "83035f4101", "8303bf01ff00", "8303ff00", "83037f4101ff00",
		"8303" + strings.Repeat("9f", 5000), "8303" + strings.Repeat("81", 5000), "83039bffffffffffffffff",
	} {
		raw, err := hex.DecodeString(h)
		if err != nil {
			t.Fatal(h, err)
		}
		var m Message
		if h == "820bfc" {
			if err := Parse(0, raw, &m); err != nil {
				t.Errorf("an unknown kind's elements were looked at: %v", err)
			}
			continue
		}
		if err := Parse(0, raw, &m); !errors.Is(err, ErrMalformed) {
			t.Errorf("%.40s: err = %v, want ErrMalformed", h, err)
		}
	}
}

func TestGreeting(t *testing.T) {
	want := Greeting{Version: 1, Functions: []string{"add", "fib"}, Guards: []string{"fib"}, Concurrency: 16, Language: "go 1.26"}
	m := parseOne(t, AppendHello(nil, want))
	got, err := ParseGreeting(m.Value)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	bare, err := ParseGreeting([]byte("\xa2\x67version\x01\x61x\x82\x01\x02"))
	if err != nil || bare.Functions != nil || bare.Guards != nil {
		t.Errorf("got %+v, %v, want lists that are not known", bare, err)
	}
	for _, bad := range []string{"", "\xa0", "\xa1\x67version\x02", "\x81\x01", "\xa1\x67version\x61x", "\xa2\x67version\x01\x69functions\x01"} {
		if _, err := ParseGreeting([]byte(bad)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%q: err = %v, want ErrMalformed", bad, err)
		}
	}
}

func TestBufferCuts(t *testing.T) {
	var wire []byte
	sizes := []int{1, 100, 70 << 10, 5, 1 << 20, 1}
	for i, n := range sizes {
		wire = AppendReply(wire, uint32(i), bytes.Repeat([]byte{byte(i)}, n))
	}
	for _, step := range []int{1, 7, 4096, 1 << 30} {
		var b Buffer
		seen := 0
		for in := wire; len(in) > 0; {
			n := copy(b.Room(), in[:min(step, len(in))])
			b.Filled(n)
			in = in[n:]
			for {
				id, message, ok, err := b.Next()
				if err != nil {
					t.Fatal(err)
				}
				if !ok {
					break
				}
				if int(id) != seen || len(message) != sizes[seen]+2 {
					t.Fatalf("frame %d of %d bytes, want frame %d of %d", id, len(message), seen, sizes[seen]+2)
				}
				seen++
			}
		}
		if seen != len(sizes) {
			t.Errorf("step %d: %d frames, want %d", step, seen, len(sizes))
		}
	}
}

func TestBufferLimits(t *testing.T) {
	tests := []struct {
		name string
		wire string
		want error
	}{
		{"no length", "\x00\x00\x00\x00", ErrMalformed},
		{"id only", "\x00\x00\x00\x04\x00\x00\x00\x00", ErrMalformed},
		{"over the limit", "\x00\x00\x01\x01", ErrTooLong},
		{"4 GiB", "\xff\xff\xff\xff", ErrTooLong},
	}
	for _, tt := range tests {
		b := Buffer{Limit: 256}
		b.Filled(copy(b.Room(), tt.wire))
		if _, _, _, err := b.Next(); !errors.Is(err, tt.want) {
			t.Errorf("%s: err = %v, want %v", tt.name, err, tt.want)
		}
	}
	var b Buffer
	b.Filled(copy(b.Room(), "\x03\xff\xff\xff\x00"))
	if _, _, ok, err := b.Next(); ok || err != nil {
		t.Fatalf("half a frame: ok %v, err %v", ok, err)
	}
	if n := len(b.Room()); n > 1<<20 {
		t.Errorf("a length alone made the buffer grow to %d bytes", n)
	}
}

func TestLines(t *testing.T) {
	got := Lines([]byte("\x84\x61a\x01\x42\xff!\x61c"), 10)
	if want := []string{"a", "\uFFFD!", "c"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := Lines([]byte("\x82\x61a\x61b"), 1); len(got) != 1 {
		t.Errorf("got %q, want one line", got)
	}
}

func TestAllocations(t *testing.T) {
	buf := make([]byte, 0, 1024)
	args := []byte{0x82, 1, 2}
	var m Message
	n := testing.AllocsPerRun(100, func() {
		o := Options{Guard: true}
		b := BeginCall(buf, Call, 7, "math", "add", o)
		b, _ = EndCall(append(b, args...), 0, o, DefaultLimit)
		if err := Parse(7, b[HeadLen:], &m); err != nil {
			t.Fatal(err)
		}
		b = AppendReply(buf, 7, args)
		if err := Parse(7, b[HeadLen:], &m); err != nil {
			t.Fatal(err)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(AppendReply(nil, 1, []byte{1})[HeadLen:])
	f.Add(AppendError(nil, 1, "user", "E", "m", []string{"a"})[HeadLen:])
	f.Add(AppendHello(nil, Greeting{Functions: []string{"f"}})[HeadLen:])
	f.Add([]byte("\x85\x01\x61m\x61f\x80\xa1\x63out\x10"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var m Message
		if err := Parse(1, data, &m); err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Fatalf("err = %v", err)
			}
			return
		}
		Lines(m.Backtrace, 100)
		if m.Kind == Hello {
			_, _ = ParseGreeting(m.Value)
		}
	})
}

func FuzzBuffer(f *testing.F) {
	f.Add(AppendReply(nil, 1, []byte{1}), 3)
	f.Fuzz(func(t *testing.T, data []byte, step int) {
		if step < 1 {
			step = 1
		}
		b := Buffer{Limit: 1 << 16}
		for len(data) > 0 {
			n := copy(b.Room(), data[:min(step, len(data))])
			b.Filled(n)
			data = data[n:]
			for {
				_, message, ok, err := b.Next()
				if err != nil {
					return
				}
				if !ok {
					break
				}
				if len(message) == 0 {
					t.Fatal("an empty message")
				}
			}
		}
	})
}
