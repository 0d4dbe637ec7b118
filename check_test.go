package fondaco_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/fondaco/fondaco"
)

func TestCheckTellsWhichPluginsCannotServe(t *testing.T) {
	cfg := load(t, "  a: [m.lua, dying.lua]\n  b: [broken.lua]\n  c: [{command: 'exit 3', wire: ernie}]\n", map[string]string{
		"m.lua": "function f() end", "dying.lua": "error('not today')", "broken.lua": "return = 1",
	})
	cfg.Listen, cfg.Admin.URL = nil, "none"
	s, err := fondaco.New(cfg, fondaco.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(context.Background())
	if found := s.Problems(); len(found) != 1 || found[0].Plugin != "broken.lua" {
		t.Errorf("before anything is started: %v", found)
	}
	found := s.Check(context.Background())
	if len(found) != 3 {
		t.Fatalf("found %v", found)
	}
	for i, want := range []fondaco.Problem{{Module: "a", Plugin: "dying.lua", Loaded: true}, {Module: "b", Plugin: "broken.lua"}, {Module: "c", Plugin: "exit 3", Loaded: true}} {
		got := found[i]
		if got.Module != want.Module || got.Plugin != want.Plugin || got.Loaded != want.Loaded || got.Err == nil || got.Pos.Line != 4+i {
			t.Errorf("problem %d: %+v, want %+v", i, got, want)
		}
	}
}
