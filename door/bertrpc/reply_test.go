package bertrpc

import (
	"testing"

	"github.com/fondaco/fondaco/codec/value"
	"github.com/fondaco/fondaco/core"

	"github.com/fondaco/fondaco/codec/bert"
	"github.com/fondaco/fondaco/codec/cbor"
)

// A result in another codec may stand in the memory that the answer is made
// in, at its beginning or behind a head of the instance's own.
func TestResultInLentMemory(t *testing.T) {
	for _, offset := range []int{0, 3} {
		var m memory
		for range 3 {
			reserve(&m.out)
			result, err := value.Append(append(m.out[replyHead:replyHead], "head"[:offset]...), cbor.Codec, "The result, quite a long one")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := m.appendReply(core.Body{Codec: cbor.Codec, Data: result[offset:], Strict: true}); err != nil {
				t.Fatal(err)
			}
			want, err := value.Marshal(bert.Codec, "The result, quite a long one")
			if err != nil {
				t.Fatal(err)
			}
			if got := string(m.out[replyHead:]); got != string(want.Data) {
				t.Fatalf("offset %d: got %q, want %q", offset, got, want.Data)
			}
		}
	}
}
