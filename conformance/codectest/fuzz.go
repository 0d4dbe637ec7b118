package codectest

import (
	"bytes"
	"errors"
	"testing"

	"github.com/fondaco/fondaco/codec"
	"github.com/fondaco/fondaco/codec/json"
	"github.com/fondaco/fondaco/conformance/vectors"
	"github.com/fondaco/fondaco/core"
)

// fuzzLimits are small, so that the fuzzer reaches them.
var fuzzLimits = core.Limits{Bytes: 1 << 16, Depth: 40, Elements: 1 << 12}

// Fuzz holds reader, scanner and writer of c against each other on any input:
// none panics; what the scanner accepts the reader drains, and what the reader
// drains the scanner accepts; what is read can be written in through, a codec
// with a form for everything c reads, and comes back the same from there.
func Fuzz(f *testing.F, c, through core.Codec) {
	seed(f, c)
	f.Fuzz(func(t *testing.T, data []byte) {
		body, rest, scanErr := codec.Scan(c, data, fuzzLimits)
		if scanErr != nil {
			if !errors.Is(scanErr, core.ErrProtocol) {
				t.Fatalf("the scanner says %v", scanErr)
			}
			if _, err := Drain(c, data, fuzzLimits); err == nil {
				t.Fatalf("the reader accepts what the scanner refuses: %v", scanErr)
			}
			return
		}
		if len(body.Data)+len(rest) != len(data) {
			t.Fatalf("%d bytes scanned and %d left of %d", len(body.Data), len(rest), len(data))
		}
		if _, err := Drain(c, body.Data, fuzzLimits); err != nil {
			t.Fatalf("the reader refuses what the scanner accepts: %v", err)
		}
		stable(t, body, through)
	})
}

func seed(f *testing.F, c core.Codec) {
	list, err := vectors.All()
	if err != nil {
		f.Fatal(err)
	}
	for _, v := range list {
		f.Add(v.In(c.Name()))
	}
	for _, get := range []func() ([]vectors.Input, error){vectors.Read, vectors.Malformed} {
		list, err := get()
		if err != nil {
			f.Fatal(err)
		}
		for _, v := range list {
			if v.Codec == c.Name() {
				f.Add(v.Data)
			}
		}
	}
}

// stable takes body to the other codec, back, and there and back again. What
// has no form on one of the sides is left. JSON loses some kinds on the first
// way back, but none on the second.
func stable(t *testing.T, body core.Body, through core.Codec) {
	there, err := codec.Transcode(nil, body, through, core.ReadOptions{})
	if err != nil {
		if !errors.Is(err, core.ErrUser) {
			t.Fatalf("to %s: %v", through.Name(), err)
		}
		return
	}
	back, err := codec.Transcode(nil, core.Body{Codec: through, Data: there}, body.Codec, core.ReadOptions{})
	if errors.Is(err, core.ErrUser) {
		return
	}
	if err != nil {
		t.Fatalf("%s cannot be read: %v\n%x", through.Name(), err, there)
	}
	if _, strict, err := body.Codec.(core.Scanner).Scan(back, core.Limits{}); err != nil || !strict && body.Codec.Name() != "json" {
		t.Fatalf("what %s wrote: strict %v, %v\n%x", body.Codec.Name(), strict, err, back)
	}
	again, err := codec.Transcode(nil, core.Body{Codec: body.Codec, Data: back}, through, core.ReadOptions{})
	if err != nil {
		t.Fatalf("back to %s: %v", through.Name(), err)
	}
	if !bytes.Equal(there, again) && body.Codec != json.Codec {
		before, _ := Dump(through, there)
		after, _ := Dump(through, again)
		if before != after {
			t.Fatalf("not stable through %s:\n%s\nthen\n%s", through.Name(), before, after)
		}
	}
	last, err := codec.Transcode(nil, core.Body{Codec: through, Data: again}, body.Codec, core.ReadOptions{})
	if err != nil || !bytes.Equal(last, back) {
		t.Fatalf("not stable through %s: %v\n%x\nthen\n%x", through.Name(), err, back, last)
	}
}
