package problem

import (
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/fondaco/fondaco/core"
)

// TestRoundTrip has every kind of error come back as it went out.
func TestRoundTrip(t *testing.T) {
	for kind := core.KindProtocol; kind <= core.KindCanceled; kind++ {
		sent := &core.Error{Kind: kind, Class: "C", Message: "what", Code: 7, Backtrace: []string{"a.py:1"}}
		p := Of(StatusOf(kind), sent)
		if p.Title == "" || p.Status < 400 || p.Type != "urn:fondaco:error:"+kind.String() {
			t.Errorf("%v: %+v", kind, p)
		}
		got, ok := Parse(p.JSON())
		if !ok || !reflect.DeepEqual(got, sent) {
			t.Errorf("%v comes back as %+v, %v", kind, got, ok)
		}
	}
}

func TestCauseIsTold(t *testing.T) {
	p := Of(http.StatusServiceUnavailable, &core.Error{Kind: core.KindUnavailable, Message: "m", Err: errors.New("no python3")})
	if p.Detail != "m: no python3" {
		t.Errorf("the detail is %q", p.Detail)
	}
}

func TestUnknownKind(t *testing.T) {
	if p := Of(http.StatusTeapot, &core.Error{}); p.Title != http.StatusText(http.StatusTeapot) || !strings.Contains(string(p.JSON()), `"kind":"unknown"`) {
		t.Errorf("%s", p.JSON())
	}
	if e, ok := Parse([]byte(`{"kind":"from_the_future","detail":"d"}`)); !ok || e.Kind != core.KindUser || e.Message != "d" {
		t.Errorf("got %v, %v", e, ok)
	}
	for _, text := range []string{``, `[]`, `{}`, `{"title":"x"}`, `{"kind":7}`} {
		if e, ok := Parse([]byte(text)); ok {
			t.Errorf("%s is read as %v", text, e)
		}
	}
}
