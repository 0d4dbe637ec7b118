package bert_test

import (
	"testing"

	"github.com/fondaco/fondaco/codec/bert"
	"github.com/fondaco/fondaco/codec/cbor"
	"github.com/fondaco/fondaco/conformance/codectest"
)

func TestCodec(t *testing.T) { codectest.Run(t, bert.Codec) }

func FuzzCodec(f *testing.F) { codectest.Fuzz(f, bert.Codec, cbor.Codec) }
