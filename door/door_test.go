package door

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"github.com/fondaco/fondaco/core"
)

func TestListenURL(t *testing.T) {
	l, url, err := Listen("bert://:0", "bert", "8000")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	if want := "bert://" + l.Addr().String(); url != want {
		t.Errorf("got %s, want %s", url, want)
	}
	var e *Error
	if _, _, err := Listen("bert://256.0.0.1:0", "bert", "8000"); !errors.As(err, &e) || e.URL != "bert://256.0.0.1:0" {
		t.Errorf("got %v", err)
	}
}

func TestAllowNothingChangesNothing(t *testing.T) {
	h := &safe{}
	if got, err := Allow("x", nil, h); err != nil || got != core.Handler(h) {
		t.Fatalf("got %v, %v", got, err)
	}
}

func TestSafe(t *testing.T) {
	h := Safe(core.HandlerFunc(func(context.Context, *core.Request) (core.Body, error) { panic("x") }), slog.New(slog.DiscardHandler))
	if _, err := h.Handle(context.Background(), &core.Request{Module: "m", Function: "f"}); !errors.Is(err, core.ErrBroken) {
		t.Fatal(err)
	}
}
