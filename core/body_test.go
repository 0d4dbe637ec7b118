package core_test

import (
	"testing"

	"github.com/fondaco/fondaco/codec/json"
	"github.com/fondaco/fondaco/core"
)

func TestCloneSharesNothing(t *testing.T) {
	b := core.Body{Codec: json.Codec, Data: []byte("[1]"), Strict: true}
	c := b.Clone()
	b.Data[1] = '2'
	if string(c.Data) != "[1]" || c.Codec != b.Codec || !c.Strict {
		t.Errorf("the clone is %s, %v, %v", c.Data, c.Codec, c.Strict)
	}
}

func TestZeroBody(t *testing.T) {
	if !(core.Body{}).IsZero() || !(core.Body{}).Clone().IsZero() || (core.Body{Codec: json.Codec, Data: []byte("null")}).IsZero() {
		t.Error("only the body without a codec is no value")
	}
}

func TestTokenKindsKeepTheirWords(t *testing.T) {
	for kind, want := range map[core.TokenKind]string{
		core.NilToken: "nil", core.BigToken: "int", core.SymbolToken: "symbol", core.EndToken: "end", core.ChannelToken: "channel", 200: "unknown",
	} {
		if got := kind.String(); got != want {
			t.Errorf("kind %d is %q, want %q", kind, got, want)
		}
	}
}
