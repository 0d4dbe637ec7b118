package cbor_test

import (
	"testing"

	"github.com/fondaco/fondaco/codec/bert"
	"github.com/fondaco/fondaco/codec/cbor"
	"github.com/fondaco/fondaco/conformance/codectest"
)

func TestCodec(t *testing.T) { codectest.Run(t, cbor.Codec) }

func FuzzCodec(f *testing.F) { codectest.Fuzz(f, cbor.Codec, bert.Codec) }
