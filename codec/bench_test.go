package codec_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fondaco/fondaco/codec"
	"github.com/fondaco/fondaco/codec/bert"
	"github.com/fondaco/fondaco/codec/cbor"
	"github.com/fondaco/fondaco/codec/value"
	"github.com/fondaco/fondaco/core"
)

// kilobyte returns about 1 KB: a list of maps as a worker answers them.
func kilobyte() []any {
	var rows []any
	for i := range 8 {
		rows = append(rows, map[string]any{"id": i + 100000, "name": fmt.Sprintf("a name of some length %d", i), "ok": true, "text": "some more text in it"})
	}
	return rows
}

func body(b *testing.B, c core.Codec, v any) core.Body {
	body, err := value.Marshal(c, v)
	if err != nil {
		b.Fatal(err)
	}
	return body
}

func BenchmarkScan(b *testing.B) {
	text := []any{"x", strings.Repeat("text ", 200)}
	for name, v := range map[string]any{"small": []any{1, 2}, "text": text, "rows": kilobyte()} {
		for _, c := range codecs {
			data := body(b, c, v).Data
			b.Run(name+"/"+c.Name(), func(b *testing.B) {
				b.SetBytes(int64(len(data)))
				for b.Loop() {
					if _, _, err := c.(core.Scanner).Scan(data, core.Limits{}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkTranscode(b *testing.B) {
	pairs := [][2]core.Codec{{bert.Codec, cbor.Codec}, {cbor.Codec, bert.Codec}}
	for name, v := range map[string]any{"small": []any{1, 2}, "rows": kilobyte()} {
		for _, pair := range pairs {
			src := body(b, pair[0], v)
			b.Run(name+"/"+pair[0].Name()+"-"+pair[1].Name(), func(b *testing.B) {
				buf := make([]byte, 0, 8192)
				b.SetBytes(int64(len(src.Data)))
				for b.Loop() {
					if _, err := codec.Transcode(buf, src, pair[1], core.ReadOptions{}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
