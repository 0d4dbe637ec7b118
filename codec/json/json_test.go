package json_test

import (
	"testing"

	"github.com/fondaco/fondaco/codec/cbor"
	"github.com/fondaco/fondaco/codec/json"
	"github.com/fondaco/fondaco/conformance/codectest"
)

func TestCodec(t *testing.T) { codectest.Run(t, json.Codec) }

func FuzzCodec(f *testing.F) { codectest.Fuzz(f, json.Codec, cbor.Codec) }
