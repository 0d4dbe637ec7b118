package codec_test

import (
	"encoding/hex"
	"testing"

	"github.com/fondaco/fondaco/codec"
	"github.com/fondaco/fondaco/codec/bert"
	"github.com/fondaco/fondaco/codec/cbor"
	"github.com/fondaco/fondaco/codec/json"
	"github.com/fondaco/fondaco/core"
)

var codecs = []core.Codec{bert.Codec, cbor.Codec, json.Codec}

// sample has every kind of value.
const sample = `{"nil":null,"list":[true,false,1,-1,300,-70000,9223372036854775807,-9223372036854775808,18446744073709551616,` +
	`1.5,-0.0,1e+300,"text é ☃ \u0000\n\"",{"$bytes":"/wA="},[],{},{"a":{"b":[[]]}}],"time":{"$time":"2026-11-22T10:00:00.5Z"},` +
	`"regex":{"$regex":["^a+\\d$",["caseless","dotall"]]},"channel":{"$channel":7},` +
	`"form":{"$map":[["$bytes","x"],["y",1]]}}`

func TestTranscodeRoundTrip(t *testing.T) {
	want := core.Body{Codec: json.Codec, Data: []byte(sample)}
	for _, a := range codecs {
		for _, b := range codecs {
			first, err := codec.Transcode(nil, want, a, core.ReadOptions{})
			if err != nil {
				t.Fatalf("to %s: %v", a.Name(), err)
			}
			body, err := codec.Whole(a, first, core.Limits{})
			if err != nil {
				t.Fatalf("scan %s: %v\n%s", a.Name(), err, hex.Dump(first))
			}
			second, err := codec.Transcode(nil, body, b, core.ReadOptions{})
			if err != nil {
				t.Fatalf("%s to %s: %v", a.Name(), b.Name(), err)
			}
			back, err := codec.Transcode(nil, core.Body{Codec: b, Data: second}, json.Codec, core.ReadOptions{})
			if err != nil {
				t.Fatalf("%s to json: %v", b.Name(), err)
			}
			if string(back) != sample {
				t.Errorf("json to %s to %s to json:\n got %s\nwant %s", a.Name(), b.Name(), back, sample)
			}
		}
	}
}
