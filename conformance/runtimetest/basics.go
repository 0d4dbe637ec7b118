package runtimetest

import (
	"bytes"
	"math/big"
	"slices"
	"time"

	"github.com/fondaco/fondaco/codec"
	"github.com/fondaco/fondaco/codec/bert"
	"github.com/fondaco/fondaco/codec/cbor"
	"github.com/fondaco/fondaco/codec/json"
	"github.com/fondaco/fondaco/codec/value"
	"github.com/fondaco/fondaco/conformance/vectors"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/pool"
)

var basics = []property{
	{"vectors", []string{"echo"}, testVectors},
	{"codec of the arguments", []string{"echo"}, testCodec},
	{"lent reply", []string{"echo"}, testLentReply},
	{"two arguments", []string{"add"}, testAdd},
	{"kinds of value", []string{"types"}, testTypes},
	{"made values", []string{"make"}, testMake},
	{"big values", []string{"echo"}, testBig},
	{"functions", nil, testFunctions},
	{"predicate", []string{"fib"}, testPredicate},
	{"start", []string{"started"}, testStart},
	{"configuration", []string{"config"}, testConfig},
}

// arguments returns the list of one value that is there in the codec c.
func (k *kit) arguments(c core.Codec, data []byte) core.Body {
	k.Helper()
	r, w := c.NewReader(), c.NewWriter()
	defer codec.Release(r)
	defer codec.Release(w)
	r.Reset(data, core.ReadOptions{})
	w.Reset(nil)
	err := w.Put(&core.Token{Kind: core.ListToken, Len: 1})
	if err == nil {
		err = codec.Copy(w, r)
	}
	if err == nil {
		err = w.Put(&core.Token{Kind: core.EndToken})
	}
	if err != nil {
		k.Fatal(err)
	}
	list, err := w.Bytes()
	if err != nil {
		k.Fatal(err)
	}
	return core.Body{Codec: c, Data: list}
}

func testVectors(k *kit) {
	all, err := vectors.All()
	if err != nil {
		k.Fatal(err)
	}
	in := k.start(newHost())
	for _, v := range all {
		if slices.Contains(k.features.Inexact, v.Name) {
			continue
		}
		for _, c := range []core.Codec{bert.Codec, cbor.Codec, json.Codec} {
			data := v.In(c.Name())
			var want any
			if err := value.Unmarshal(core.Body{Codec: c, Data: data}, &want); err != nil {
				continue
			}
			req := k.request("echo")
			req.Args = k.arguments(c, data)
			got, err := k.handle(in, req)
			if err != nil {
				k.Errorf("echo of %s in %s: %v", v.Name, c.Name(), err)
			} else if k.show(got) != k.show(want) {
				k.Errorf("echo of %s in %s returns %.300s, want %.300s", v.Name, c.Name(), k.show(got), k.show(want))
			}
		}
	}
}

func testCodec(k *kit) {
	in := k.start(newHost())
	for _, c := range []core.Codec{bert.Codec, cbor.Codec, json.Codec} {
		args, err := value.Marshal(c, []any{"text"})
		if err != nil {
			k.Fatal(err)
		}
		body, err := in.Handle(k.Context(), &core.Request{Module: "kit", Function: "echo", Args: args})
		if err != nil {
			k.Fatal(err)
		}
		if body.Codec == nil {
			k.Fatalf("the answer to %s has no codec", c.Name())
		}
		var got string
		if err := value.Unmarshal(body, &got); err != nil || got != "text" {
			k.Errorf("echo in %s returns %q, %v", c.Name(), got, err)
		}
	}
}

// testLentReply checks that results do not share memory with an instance, or
// with each other, and leave what stands in the lent memory.
func testLentReply(k *kit) {
	in := k.start(newHost())
	var bodies []core.Body
	for i := range 20 {
		req := k.request("echo", bytes.Repeat([]byte{byte('a' + i)}, 50))
		if i%2 == 0 {
			req.Reply = append(make([]byte, 0, 256), "before"...)
		}
		body, err := in.Handle(k.Context(), req)
		if err != nil {
			k.Fatal(err)
		}
		if string(req.Reply) != func() string {
			if i%2 == 0 {
				return "before"
			}
			return ""
		}() {
			k.Fatalf("the lent memory holds %q now", req.Reply)
		}
		clear(req.Args.Data)
		bodies = append(bodies, body)
	}
	for i, body := range bodies {
		var got []byte
		if err := value.Unmarshal(body, &got); err != nil || !bytes.Equal(got, bytes.Repeat([]byte{byte('a' + i)}, 50)) {
			k.Errorf("result %d became %q, %v", i, got, err)
		}
	}
}

func testAdd(k *kit) {
	in := k.start(newHost())
	k.expect(in, 3, "add", 1, 2)
	k.expect(in, -2, "add", -5, 3)
}

// sample is a value of each kind, with its word and the name by which make
// makes it.
type sample struct {
	word, name string
	value      any
}

func samples() []sample {
	return []sample{
		{"nil", "nil", nil}, {"bool", "bool", true}, {"int", "int", 42}, {"int", "big", new(big.Int).Lsh(big.NewInt(1), 80)},
		{"float", "float", 1.5}, {"text", "text", "text"}, {"bytes", "bytes", []byte{0xff, 0}},
		{"symbol", "symbol", value.Symbol("ok")}, {"list", "list", []any{1, []any{2}}}, {"tuple", "tuple", value.Tuple{1, "a"}},
		{"map", "map", map[string]any{"a": 1}}, {"time", "time", time.Unix(1e9, 0)},
		{"regex", "regex", value.Regex{Source: "a+b", Options: core.RegexCaseless}},
	}
}

func testTypes(k *kit) {
	in := k.start(newHost())
	for _, s := range samples() {
		k.expect(in, s.word, "types", s.value)
	}
}

func testMake(k *kit) {
	in := k.start(newHost())
	for _, s := range samples() {
		k.expect(in, s.value, "make", s.name)
	}
}

func testBig(k *kit) {
	in := k.start(newHost())
	text := string(bytes.Repeat([]byte("0123456789abcdef"), 1<<15))
	k.expect(in, text, "echo", text)
	list := make([]any, 20000)
	for i := range list {
		list[i] = int64(i)
	}
	k.expect(in, list, "echo", list)
}

func testFunctions(k *kit) {
	in := k.start(newHost())
	lister, ok := in.(pool.Lister)
	if !ok {
		k.Skip("the runtime does not list functions")
	}
	names, known := lister.Functions()
	if !known {
		k.Skip("the functions are not known")
	}
	for _, name := range []string{"echo", "add", "fail", "fib"} {
		if !slices.Contains(names, name) && !slices.Contains(k.features.Without, name) {
			k.Errorf("%s is not among the functions %q", name, names)
		}
	}
	for _, name := range hidden {
		if slices.Contains(names, name) {
			k.Errorf("%s is among the functions", name)
		}
	}
}

func testPredicate(k *kit) {
	in := k.start(newHost())
	guarded := func(function string, args ...any) *core.Request {
		req := k.request(function, args...)
		req.Guard = true
		return req
	}
	k.expectRequest(in, 55, guarded("fib", 10))
	k.fails(in, core.ErrNoFunction, guarded("fib", 25))
	k.expect(in, 10946, "fib", 21)
	k.expectRequest(in, "no predicate", guarded("echo", "no predicate"))
}

func testStart(k *kit) { k.expect(k.start(newHost()), true, "started") }

func testConfig(k *kit) {
	in := k.start(newHost())
	k.expect(in, "value", "config", "key")
	k.expect(in, []any{1, 2.5, nil, true}, "config", "list")
}
