package bert_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/fondaco/fondaco/codec/bert"
	"github.com/fondaco/fondaco/core"
)

// compressed returns a compressed message that announces size bytes.
func compressed(term []byte, size int) []byte {
	var out bytes.Buffer
	out.Write([]byte{bert.Magic, 80})
	out.Write(binary.BigEndian.AppendUint32(nil, uint32(size)))
	z := zlib.NewWriter(&out)
	z.Write(term)
	z.Close()
	return out.Bytes()
}

func TestOpen(t *testing.T) {
	term := []byte("m\x00\x00\x00\x05hello")
	zeros := make([]byte, 8<<20)
	tests := []struct {
		name    string
		message []byte
		want    []byte // nil: refused
	}{
		{"plain", append([]byte{131}, term...), term},
		{"magic alone", []byte{131}, []byte{}},
		{"compressed", compressed(term, len(term)), term},
		{"empty", nil, nil},
		{"no magic", term, nil},
		{"other magic", append([]byte{132}, term...), nil},
		{"compressed, cut", compressed(term, len(term))[:10], nil},
		{"compressed, no size", []byte{131, 80, 0, 0}, nil},
		{"compressed, no zlib", []byte{131, 80, 0, 0, 0, 1, 'x', 'x'}, nil},
		{"announces less", compressed(term, len(term)-1), nil},
		{"announces more", compressed(term, len(term)+1), nil},
		{"announces 4 GiB", compressed(term, math.MaxUint32), nil},
		{"bomb that says so", compressed(zeros, len(zeros)), nil},
		{"bomb that lies", compressed(zeros, 10), nil},
	}
	for _, test := range tests {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got, err := bert.Open(nil, test.message, core.Limits{Bytes: 1 << 20})
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 4<<20 {
			t.Errorf("%s: %d bytes were allocated", test.name, n)
		}
		if test.want == nil {
			if !errors.Is(err, core.ErrProtocol) {
				t.Errorf("%s: got %v", test.name, err)
			}
			continue
		}
		if err != nil || !bytes.Equal(got, test.want) {
			t.Errorf("%s: got %q, %v", test.name, got, err)
		}
	}
}

func TestOpenKeepsWhatIsThere(t *testing.T) {
	dst := append(make([]byte, 0, 100), "kept"...)
	got, err := bert.Open(dst, compressed([]byte("a\x01"), 2), core.Limits{})
	if err != nil || string(got) != "a\x01" || string(dst) != "kept" {
		t.Errorf("got %q, %v, dst %q", got, err, dst)
	}
}

// put writes tokens.
func put(tokens ...core.Token) ([]byte, error) {
	w := bert.Codec.NewWriter()
	w.Reset(nil)
	for i := range tokens {
		if err := w.Put(&tokens[i]); err != nil {
			return nil, err
		}
	}
	return w.Bytes()
}

func TestWriterRefuses(t *testing.T) {
	tuple := core.Token{Kind: core.TupleToken, Len: 1}
	name := core.Token{Kind: core.SymbolToken, Bytes: []byte("bert")}
	end := core.Token{Kind: core.EndToken}
	long := core.Token{Kind: core.SymbolToken, Bytes: make([]byte, 70000)}
	for _, tokens := range [][]core.Token{
		{{Kind: core.FloatToken, Float: math.NaN()}},
		{{Kind: core.FloatToken, Float: math.Inf(-1)}},
		{tuple, name, end},
		{long},
	} {
		if _, err := put(tokens...); !errors.Is(err, core.ErrUser) {
			t.Errorf("%v: got %v", tokens[0].Kind, err)
		}
	}
	list := tuple
	list.Kind = core.ListToken
	if _, err := put(list, name, end); err != nil {
		t.Errorf("the symbol in a list: %v", err)
	}
}

func TestBinariesStayBytes(t *testing.T) {
	r := bert.Codec.NewReader()
	var tok core.Token
	for binaries, want := range map[bool]core.TokenKind{false: core.TextToken, true: core.BytesToken} {
		r.Reset([]byte("m\x00\x00\x00\x02ab"), core.ReadOptions{Binaries: binaries})
		if err := r.Next(&tok); err != nil || tok.Kind != want {
			t.Errorf("binaries %v: got %v, %v", binaries, tok.Kind, err)
		}
		if err := r.Next(&tok); err != io.EOF {
			t.Errorf("after the value: got %v", err)
		}
	}
}

func TestStrict(t *testing.T) {
	for form, want := range map[string]bool{
		"d\x00\x02ok": true, "s\x02ok": false, "w\x02ok": false, "k\x00\x01a": true, "t\x00\x00\x00\x00": false,
		"F\x00\x00\x00\x00\x00\x00\x00\x00": false, "h\x02d\x00\x04bertd\x00\x03nil": true, "h\x02w\x04bertd\x00\x03nil": false,
		"h\x02d\x00\x04bertw\x03nil": false, "h\x02d\x00\x08$channela\x01": true, "h\x02s\x08$channela\x01": false,
		"M\x00\x00\x00\x01\x08a": false,
	} {
		n, strict, err := bert.Scan([]byte(form+"rest"), core.Limits{})
		if err != nil || n != len(form) || strict != want {
			t.Errorf("%q: %d bytes, strict %v, %v", form, n, strict, err)
		}
	}
}

func TestErrorsTellWhere(t *testing.T) {
	_, _, err := bert.Scan([]byte("l\x00\x00\x00\x01g\x00"), core.Limits{})
	if err == nil || !strings.Contains(err.Error(), "byte 5") || !strings.Contains(err.Error(), "tag 103") {
		t.Errorf("got %v", err)
	}
}
