package json_test

import (
	"testing"

	"github.com/fondaco/fondaco/codec/cbor"
	"github.com/fondaco/fondaco/codec/codectest"
	"github.com/fondaco/fondaco/codec/json"
)

func TestCodec(t *testing.T) { codectest.Run(t, json.Codec) }

func FuzzCodec(f *testing.F) { codectest.Fuzz(f, json.Codec, cbor.Codec) }
