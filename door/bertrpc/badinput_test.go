package bertrpc

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/door"
	"github.com/fondaco/fondaco/wire/berp"
)

// compressed is a term of the given bytes, compressed.
func compressed(term string, announce int) string {
	var out bytes.Buffer
	out.Write([]byte{80})
	out.Write(binary.BigEndian.AppendUint32(nil, uint32(announce)))
	z := zlib.NewWriter(&out)
	_, _ = io.WriteString(z, term)
	_ = z.Close()
	return out.String()
}

func callOf(args string) string { return message("call", "m", "f", args) }

// malformed is what strangers send, and the code of the protocol error that
// they get.
var malformed = map[string]struct {
	sent string
	code byte
}{
	"empty message":         {"\x00\x00\x00\x00", codeHeader},
	"4 GiB":                 {"\xff\xff\xff\xff\x83", codeHeader},
	"over the limit":        {"\x00\x10\x00\x01\x83", codeHeader},
	"half a length":         {"\x00\x00", codeHeader},
	"half a message":        {"\x00\x0f\x00\x00\x83\x68", codeData},
	"no term":               {"\x00\x00\x00\x04spam", codeData},
	"only the magic byte":   {"\x00\x00\x00\x01\x83", codeData},
	"list of 4 G":           {"\x00\x00\x00\x06\x83\x6c\xff\xff\xff\xff", codeData},
	"arguments of 4 G":      {callOf("\x6c\xff\xff\xff\xff"), codeData},
	"binary of 4 G":         {callOf("\x6c\x00\x00\x00\x01\x6d\xff\xff\xff\xff"), codeData},
	"big of 4 G":            {callOf("\x6c\x00\x00\x00\x01\x6f\xff\xff\xff\xff\x00"), codeData},
	"map of 4 G":            {callOf("\x6c\x00\x00\x00\x01\x74\xff\xff\xff\xff"), codeData},
	"lists 100,000 deep":    {callOf(strings.Repeat("\x6c\x00\x00\x00\x01", 100_000)), codeData},
	"tuples 100,000 deep":   {callOf("\x6c\x00\x00\x00\x01" + strings.Repeat("\x68\x01", 100_000)), codeData},
	"zlib bomb":             {packet(compressed(strings.Repeat("\x6a", 4<<20), 4<<20)), codeData},
	"zlib bomb that lies":   {packet(compressed(strings.Repeat("\x6a", 4<<20), 100)), codeData},
	"zlib that is none":     {packet("\x50\x00\x00\x00\x10spam"), codeData},
	"zlib in zlib":          {packet(compressed(compressed("\x6a", 1), 17)), codeData},
	"unknown tag":           {callOf("\x6c\x00\x00\x00\x01\xfe\x6a"), codeData},
	"pid":                   {callOf("\x6c\x00\x00\x00\x01\x67\x64\x00\x01a\x00\x00\x00\x00\x00\x00\x00\x00\x00\x6a"), codeData},
	"improper list":         {callOf("\x6c\x00\x00\x00\x01\x61\x01\x61\x02"), codeData},
	"arguments no list":     {callOf("\x68\x00"), codeData},
	"something behind":      {callOf("\x6a\x6a"), codeData},
	"atom without end":      {message("call", "m", "f", "\x6c\x00\x00\x00\x01\x64\xff\xffa"), codeData},
	"module without end":    {packet("\x68\x04" + atomOf("call") + "\x64\xff\xff" + strings.Repeat("a", 100)), codeData},
	"module of 64 K":        {packet("\x68\x04" + atomOf("call") + "\x64\xff\xff" + strings.Repeat("a", 65535) + atomOf("f") + "\x6a"), codeData},
	"empty module":          {packet("\x68\x04" + atomOf("call") + "\x64\x00\x00" + atomOf("f") + "\x6a"), codeData},
	"module in no UTF-8":    {packet("\x68\x04" + atomOf("call") + "\x64\x00\x01\xff" + atomOf("f") + "\x6a"), codeData},
	"module a binary":       {packet("\x68\x04" + atomOf("call") + "\x6d\x00\x00\x00\x01m" + atomOf("f") + "\x6a"), codeData},
	"function a number":     {packet("\x68\x04" + atomOf("call") + atomOf("m") + "\x61\x01\x6a"), codeData},
	"a tuple of one":        {packet("\x68\x01" + atomOf("foo")), codeData},
	"an empty tuple":        {packet("\x68\x00"), codeData},
	"a call of three":       {packet("\x68\x03" + atomOf("call") + atomOf("a") + atomOf("b")), codeData},
	"a call of five":        {packet("\x68\x05" + atomOf("call") + atomOf("a") + atomOf("b") + "\x6a\x6a"), codeData},
	"a reply":               {packet("\x68\x02" + atomOf("reply") + "\x6a"), codeData},
	"no tuple":              {packet("\x61\x01"), codeData},
	"info of two":           {packet("\x68\x02" + atomOf("info") + atomOf("priority")), codeData},
	"bad priority":          {infoOf("priority", listOf(atomOf("bogus"))) + callOf("\x6a"), codeUndesignated},
	"two priorities":        {infoOf("priority", listOf(atomOf("low"), atomOf("low"))) + callOf("\x6a"), codeUndesignated},
	"bad deadline":          {infoOf("deadline", listOf("\x61\x00")) + callOf("\x6a"), codeUndesignated},
	"no deadline":           {infoOf("deadline", "\x6a") + callOf("\x6a"), codeUndesignated},
	"bad connection":        {infoOf("connection", atomOf("close")) + callOf("\x6a"), codeUndesignated},
	"bad info, then a cast": {infoOf("priority", "\x61\x01") + message("cast", "m", "f", "\x6a"), codeUndesignated},
	"infos without end":     {strings.Repeat(infoOf("stream", "\x6a"), maxInfos+1), codeUndesignated},
}

func TestMalformed(t *testing.T) {
	d, addr := serve(t, echo, func(d *config.Door, _ *door.Options) { d.MaxMessage = 1 << 20 })
	for name, tt := range malformed {
		t.Run(name, func(t *testing.T) {
			c := dial(t, addr)
			if _, err := io.WriteString(c, tt.sent); err != nil {
				t.Fatal(err)
			}
			_ = c.CloseWrite()
			want := errorPrefix + "\x68\x05" + atomOf("protocol") + "\x61" + string(tt.code) + binaryOf("ProtocolError")
			if got := readBERP(t, c); !strings.HasPrefix(got, want) {
				t.Fatalf("got %q, want %q and a reason", got, want)
			}
			wantEnd(t, c)
		})
	}
	if got := d.Stats(); got.Requests != 0 || got.Malformed != uint64(len(malformed)) {
		t.Errorf("the counters are %+v after %d malformed messages", got, len(malformed))
	}
	c := dial(t, addr)
	_, _ = io.WriteString(c, callOf("\x6a"))
	if got := readBERP(t, c); got != replyOf("\x6a") {
		t.Fatalf("afterwards the door answers %q", got)
	}
}

// What is announced takes no memory: 200 clients announce a message of the
// full size and send a little of it.
func TestAnnouncedLengthTakesNoMemory(t *testing.T) {
	d, addr := serve(t, echo, nil)
	const clients = 200
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range clients {
		c := dial(t, addr)
		_, _ = io.WriteString(c, "\x01\x00\x00\x00\x83\x68\x04"+strings.Repeat("x", 1000))
	}
	for end := time.Now().Add(generous); d.Stats().Open < clients; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("only %d connections are open", d.Stats().Open)
		}
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > clients*256<<10 {
		t.Fatalf("%d bytes were allocated for %d clients", grown, clients)
	}
}

// dribble gives a few bytes at a time, then an error.
type dribble struct {
	data []byte
	step int
	err  error
}

func (d *dribble) Read(p []byte) (int, error) {
	n := min(len(p), len(d.data), d.step)
	if n == 0 {
		return 0, d.err
	}
	copy(p, d.data[:n])
	d.data = d.data[n:]
	return n, nil
}

func TestFramesInPieces(t *testing.T) {
	long := strings.Repeat("y", 300_000)
	for _, step := range []int{1, 3, 4096, 1 << 20} {
		if step == 1 && testing.Short() {
			continue
		}
		var all []byte
		bodies := []string{"a", strings.Repeat("b", 5000), long, "c", strings.Repeat("d", 4096-4)}
		for _, b := range bodies {
			all = append(binary.BigEndian.AppendUint32(all, uint32(len(b))), b...)
		}
		f := frames{src: &dribble{all, step, io.EOF}, buf: make([]byte, firstBuffer), max: 1 << 20}
		for i, want := range bodies {
			if got, err := f.next(); err != nil || string(got) != want {
				t.Fatalf("step %d, message %d: %d bytes, %v", step, i, len(got), err)
			}
		}
		_, err := f.next()
		var end *frameError
		if !errors.As(err, &end) || end.reason != "" || !errors.Is(err, io.EOF) {
			t.Fatalf("at the end: %v", err)
		}
		if len(f.buf) > keptBuffer {
			t.Fatalf("the buffer of a long message is kept: %d bytes", len(f.buf))
		}
	}
	f := frames{src: &dribble{[]byte("\x00\xff\xff\xffxxx"), 5, io.EOF}, buf: make([]byte, firstBuffer), max: 1 << 24}
	if _, err := f.next(); err == nil || len(f.buf) > 2*firstBuffer {
		t.Fatalf("a buffer of %d bytes for 3, %v", len(f.buf), err)
	}
}

func FuzzScan(f *testing.F) {
	for _, tt := range malformed {
		if len(tt.sent) > 5 && len(tt.sent) < 1000 {
			f.Add([]byte(tt.sent[5:]))
		}
	}
	f.Add([]byte(message("call", "m", "f", listOf("\x61\x01"))[5:]))
	f.Add([]byte(infoOf("deadline", listOf("\x61\x01"))[5:]))
	f.Fuzz(func(t *testing.T, term []byte) {
		e, err := berp.ParseRequest(term, core.Limits{})
		if err != nil {
			return
		}
		if e.Word == berp.Info {
			(&info{}).take(&e, core.Limits{})
			return
		}
		if len(e.Module) == 0 || len(e.Function) == 0 || !bytes.HasSuffix(term, e.Args) {
			t.Fatalf("%q was taken for %+v", term, e)
		}
	})
}

// FuzzConnection sends bytes to a door and waits until it has closed.
func FuzzConnection(f *testing.F) {
	for _, tt := range malformed {
		if len(tt.sent) < 1000 {
			f.Add([]byte(tt.sent))
		}
	}
	f.Add([]byte(infoOf("connection", listOf(atomOf("keep_alive"))) + callOf("\x6a") + callOf("\x6a")))
	_, addr := serve(f, echo, func(d *config.Door, _ *door.Options) { d.MaxMessage = 1 << 16 })
	f.Fuzz(func(t *testing.T, sent []byte) {
		c := dial(t, addr)
		_, _ = c.Write(sent)
		_ = c.CloseWrite()
		_, err := io.Copy(io.Discard, c)
		var timeout net.Error
		if errors.As(err, &timeout) && timeout.Timeout() {
			t.Fatalf("%q: the door did not close", sent)
		}
	})
}
