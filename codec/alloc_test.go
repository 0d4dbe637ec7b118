//go:build !race

package codec_test

import (
	"testing"

	"github.com/fondaco/fondaco/codec"
	"github.com/fondaco/fondaco/codec/json"
	"github.com/fondaco/fondaco/core"
)

// The race detector makes pools allocate, so this is tested without it.
func TestTranscodeAllocatesNothing(t *testing.T) {
	small := core.Body{Codec: json.Codec, Data: []byte(`{"a":[1,2.5,"text",true,null,{"$bytes":"/wA="}],"b":{"$tuple":[{"$symbol":"x"}]}}`)}
	buf := make([]byte, 0, 4096)
	for _, a := range codecs {
		data, err := codec.Transcode(nil, small, a, core.ReadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range codecs {
			src := core.Body{Codec: a, Data: data}
			allocs := testing.AllocsPerRun(100, func() {
				if _, err := codec.Transcode(buf, src, b, core.ReadOptions{}); err != nil {
					t.Fatal(err)
				}
			})
			if allocs > 0 {
				t.Errorf("%s to %s: %v allocations", a.Name(), b.Name(), allocs)
			}
		}
	}
}
