package vectors_test

import (
	"testing"

	"github.com/fondaco/fondaco/conformance/vectors"
)

func TestFilesAreWhole(t *testing.T) {
	all, err := vectors.All()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, v := range all {
		if v.Name == "" || v.Value == "" || v.JSON == "" || len(v.BERT) == 0 || len(v.CBOR) == 0 || seen[v.Name] {
			t.Errorf("%q is not whole, or there twice", v.Name)
		}
		seen[v.Name] = true
	}
	if len(all) < 150 {
		t.Errorf("%d vectors only", len(all))
	}
	codecs := map[string]int{}
	for name, get := range map[string]func() ([]vectors.Input, error){"read": vectors.Read, "malformed": vectors.Malformed} {
		list, err := get()
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range list {
			codecs[name+" "+v.Codec]++
			if v.Name == "" || (v.Value == "") != (name == "malformed") {
				t.Errorf("%s: %q is not whole", name, v.Name)
			}
		}
	}
	for _, key := range []string{"read bert", "read cbor", "read json", "malformed bert", "malformed cbor", "malformed json"} {
		if codecs[key] < 10 {
			t.Errorf("%s: %d only", key, codecs[key])
		}
	}
	if len(codecs) != 6 {
		t.Errorf("unknown codecs: %v", codecs)
	}
}
