package core_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/fondaco/fondaco/core"
)

var sentinels = map[core.ErrorKind]error{
	core.KindProtocol: core.ErrProtocol, core.KindNoModule: core.ErrNoModule, core.KindNoFunction: core.ErrNoFunction,
	core.KindTimeout: core.ErrTimeout, core.KindOverloaded: core.ErrOverloaded, core.KindUnavailable: core.ErrUnavailable,
	core.KindBroken: core.ErrBroken, core.KindDenied: core.ErrDenied, core.KindUser: core.ErrUser, core.KindCanceled: core.ErrCanceled,
}

// TestKindsKeepTheirWords holds the words that cross every wire.
func TestKindsKeepTheirWords(t *testing.T) {
	want := []struct{ word, class string }{
		{"unknown", "Unknown"}, {"protocol", "Protocol"}, {"no_module", "NoModule"}, {"no_function", "NoFunction"}, {"timeout", "Timeout"},
		{"overloaded", "Overloaded"}, {"unavailable", "Unavailable"}, {"broken", "Broken"}, {"denied", "Denied"}, {"user", "User"},
		{"canceled", "Canceled"}, {"unknown", "Unknown"},
	}
	for i, w := range want {
		k := core.ErrorKind(i)
		if k.String() != w.word || k.Class() != w.class {
			t.Errorf("kind %d is %q of class %q, want %q and %q", i, k, k.Class(), w.word, w.class)
		}
		back, ok := core.ParseErrorKind(w.word)
		if known := w.word != "unknown"; ok != known || ok && back != k {
			t.Errorf("%q is read as %d, %v, want %d, %v", w.word, back, ok, i, known)
		}
	}
	if _, ok := core.ParseErrorKind(""); ok {
		t.Error("the empty word is a kind")
	}
}

func TestIs(t *testing.T) {
	for kind := range sentinels {
		err := fmt.Errorf("asking: %w", &core.Error{Kind: kind, Class: "C", Message: "m", Err: errors.ErrUnsupported})
		for other, sentinel := range sentinels {
			if errors.Is(err, sentinel) != (kind == other) {
				t.Errorf("errors.Is(%v, %v) is %v", err, sentinel, kind != other)
			}
		}
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%v hides its cause", err)
		}
	}
	one := core.NewError(core.KindUser, "one")
	if errors.Is(core.NewError(core.KindUser, "other"), one) {
		t.Error("an error with a message counts as a sentinel")
	}
	if !errors.Is(one, one) {
		t.Error("an error is not itself")
	}
}

func TestTexts(t *testing.T) {
	cause := errors.New("the cause")
	for _, tt := range []struct {
		err          core.Error
		text, detail string
	}{
		{core.Error{Kind: core.KindTimeout}, "timeout", ""},
		{core.Error{Kind: core.KindTimeout, Message: "too late"}, "timeout: too late", "too late"},
		{core.Error{Kind: core.KindBroken, Err: cause}, "broken: the cause", "the cause"},
		{core.Error{Kind: core.KindBroken, Message: "worker", Err: cause}, "broken: worker: the cause", "worker: the cause"},
		{core.Error{Kind: core.KindUser, Class: "KeyError", Message: "x"}, "user: KeyError: x", "x"},
		{core.Error{Kind: core.KindUser, Class: "KeyError"}, "user: KeyError", ""},
		{core.Error{}, "unknown", ""},
	} {
		if got := tt.err.Error(); got != tt.text {
			t.Errorf("the text is %q, want %q", got, tt.text)
		}
		if got := tt.err.Detail(); got != tt.detail {
			t.Errorf("the detail of %q is %q, want %q", tt.text, got, tt.detail)
		}
	}
}

func TestAsError(t *testing.T) {
	denied := core.NewError(core.KindDenied, "no")
	for _, err := range []error{denied, fmt.Errorf("door: %w", denied), core.Discard(denied), errors.Join(errors.New("x"), denied)} {
		if got := core.AsError(err); got != denied {
			t.Errorf("%v becomes %v", err, got)
		}
	}
	got := core.AsError(errors.New("oops"))
	if got.Kind != core.KindUser || got.Class != "Error" || got.Message != "oops" {
		t.Errorf("a plain error becomes %+v", got)
	}
}

// TestDiscard has the pool and the caller see two things in one error.
func TestDiscard(t *testing.T) {
	late := core.NewError(core.KindTimeout, "too late")
	err := core.Discard(late)
	for target, want := range map[error]bool{core.ErrBroken: true, core.ErrTimeout: true, core.ErrUser: false} {
		if errors.Is(err, target) != want {
			t.Errorf("errors.Is(err, %v) is %v", target, !want)
		}
	}
	if err.Error() != late.Error() {
		t.Errorf("the caller reads %q, want %q", err, late)
	}
	if errors.Is(late, core.ErrBroken) {
		t.Error("the wrapped error itself is broken")
	}
}
