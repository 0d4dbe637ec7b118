package berp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/fondaco/fondaco/codec/bert"
	"github.com/fondaco/fondaco/core"
)

func tupleOf(elements ...string) string {
	return "\x68" + string(rune(len(elements))) + strings.Join(elements, "")
}

func symbol(name string) string { return "\x64\x00" + string(rune(len(name))) + name }

func binaryTerm(s string) string { return "\x6d\x00\x00\x00" + string(rune(len(s))) + s }

// oneTwo is the list [1, 2].
const oneTwo = "\x6c\x00\x00\x00\x02\x61\x01\x61\x02\x6a"

// TestRequestThereAndBack reads what BeginRequest and Finish make.
func TestRequestThereAndBack(t *testing.T) {
	for _, word := range []Word{Call, Cast} {
		buf, err := BeginRequest([]byte("before"), word, "mäth", "add")
		if err != nil {
			t.Fatal(err)
		}
		buf = append(buf, oneTwo...)
		Finish(buf, len("before"))
		message := buf[len("before")+HeadSize:]
		if n := binary.BigEndian.Uint32(buf[len("before"):]); int(n) != len(message) || message[0] != bert.Magic {
			t.Errorf("a message of %d bytes announces %d and begins with %d", len(message), n, message[0])
		}
		r, err := ParseRequest(message[1:], core.Limits{})
		if err != nil || r.Word != word || string(r.Module) != "mäth" || string(r.Function) != "add" || string(r.Args) != oneTwo || !r.Strict {
			t.Errorf("%s comes back as %+v, %v", word, r, err)
		}
	}
}

func TestNamesThatAreNone(t *testing.T) {
	for _, name := range []string{"", strings.Repeat("x", maxName+1)} {
		buf, err := BeginRequest([]byte("kept"), Call, name, "f")
		if !errors.Is(err, core.ErrProtocol) || string(buf) != "kept" {
			t.Errorf("%d bytes: %q, %v", len(name), buf, err)
		}
	}
}

func TestParseRequest(t *testing.T) {
	m, f := symbol("m"), symbol("f")
	for _, tt := range []struct {
		name, term string
		want       error
	}{
		{"call", tupleOf(symbol("call"), m, f, "\x6a"), nil},
		{"a string as the list", tupleOf(symbol("call"), m, f, "\x6b\x00\x01x"), nil},
		{"info", tupleOf(symbol("info"), m, "\x61\x01"), nil},
		{"another word", tupleOf(symbol("ring"), m, f, "\x6a"), errShape},
		{"too short", tupleOf(symbol("call"), m, f), errShape},
		{"no tuple", "\x6a", errShape},
		{"nothing", "", errShape},
		{"a name that is no atom", tupleOf(symbol("call"), binaryTerm("m"), f, "\x6a"), errName},
		{"an empty name", tupleOf(symbol("call"), symbol(""), f, "\x6a"), errName},
		{"arguments that are no list", tupleOf(symbol("call"), m, f, "\x61\x01"), errArgs},
		{"half a list", tupleOf(symbol("call"), m, f, oneTwo[:7]), core.ErrProtocol},
		{"something behind", tupleOf(symbol("call"), m, f, "\x6a\x6a"), errBehind},
	} {
		if _, err := ParseRequest([]byte(tt.term), core.Limits{}); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

func TestParseAnswer(t *testing.T) {
	for _, tt := range []struct {
		name, term string
		want       Answer
		ok         bool
	}{
		{"reply", tupleOf(symbol("reply"), "\x61\x03"), Answer{"reply", []byte("\x61\x03"), true}, true},
		{"error", tupleOf(symbol("error"), oneTwo), Answer{"error", []byte(oneTwo), true}, true},
		{"noreply", tupleOf(symbol("noreply")), Answer{Word: "noreply"}, true},
		{"noreply with more", tupleOf(symbol("noreply"), "\x6a"), Answer{}, false},
		{"reply without a term", tupleOf(symbol("reply")), Answer{}, false},
		{"bytes behind", tupleOf(symbol("reply"), "\x61\x03") + "\x61", Answer{}, false},
		{"half a term", tupleOf(symbol("reply"), "\x6d\x00\x00\x01\x00"), Answer{}, false},
		{"nothing", "", Answer{}, false},
	} {
		got, err := ParseAnswer([]byte("\x83"+tt.term), core.Limits{})
		if tt.ok != (err == nil) || err != nil && !errors.Is(err, ErrMalformed) || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %+v, %v", tt.name, got, err)
		}
	}
}

func TestFailureThereAndBack(t *testing.T) {
	for _, f := range []Failure{
		{Type: "user", Code: 7, Class: "KeyError", Detail: "x", Backtrace: []string{"a.rb:1", "b.rb:2"}},
		{Type: "server", Code: 100, Class: "broken", Detail: strings.Repeat("ü", 1000)},
		{Type: "user", Code: -7},
		{Type: "user", Code: 1 << 30},
	} {
		if got, ok := ParseFailure(AppendFailure(nil, f)); !ok || !reflect.DeepEqual(got, f) {
			t.Errorf("%+v comes back as %+v, %v", f, got, ok)
		}
	}
}

func TestFailuresOfOthers(t *testing.T) {
	three := Failure{Type: "server", Code: 0, Detail: "No such function"}
	elements := symbol("server") + "\x61\x00" + binaryTerm(three.Detail)
	for name, term := range map[string]string{"three in a tuple": "\x68\x03" + elements, "in a list": "\x6c\x00\x00\x00\x03" + elements + "\x6a"} {
		if got, ok := ParseFailure([]byte(term)); !ok || !reflect.DeepEqual(got, three) {
			t.Errorf("%s: %+v, %v", name, got, ok)
		}
	}
	for name, term := range map[string]string{"a number": "\x61\x01", "two": "\x68\x02\x61\x01\x61\x02", "nothing": ""} {
		if got, ok := ParseFailure([]byte(term)); ok {
			t.Errorf("%s is read as %+v", name, got)
		}
	}
	long := "\x68\x05" + symbol("user") + "\x61\x00" + binaryTerm("E") + binaryTerm("m") + "\x6c\x00\x00\x10\x00" + strings.Repeat(binaryTerm("l"), 4096) + "\x6a"
	if got, ok := ParseFailure([]byte(long)); !ok || len(got.Backtrace) != maxTrace {
		t.Errorf("%d lines of a long backtrace, %v", len(got.Backtrace), ok)
	}
}

func FuzzParseRequest(f *testing.F) {
	f.Add([]byte(tupleOf(symbol("call"), symbol("m"), symbol("f"), oneTwo)))
	f.Add([]byte(tupleOf(symbol("info"), symbol("deadline"), oneTwo)))
	f.Fuzz(func(t *testing.T, term []byte) {
		r, err := ParseRequest(term, core.Limits{})
		if err != nil {
			return
		}
		if len(r.Module) == 0 || !bytes.HasSuffix(term, r.Args) || r.Word != Info && (len(r.Function) == 0 || !isList(r.Args)) {
			t.Fatalf("%q was taken for %+v", term, r)
		}
	})
}

func FuzzParseAnswer(f *testing.F) {
	f.Add([]byte("\x83" + tupleOf(symbol("reply"), "\x61\x03")))
	f.Add([]byte("\x83" + tupleOf(symbol("error"), tupleOf(symbol("user"), "\x61\x07", binaryTerm("E"), binaryTerm("m"), oneTwo))))
	f.Fuzz(func(t *testing.T, message []byte) {
		a, err := ParseAnswer(message, core.Limits{})
		if err == nil && a.Word == "error" {
			ParseFailure(a.Term)
		}
	})
}
