package fondaco

import (
	"slices"
	"testing"

	"github.com/fondaco/fondaco/config"
)

func TestNames(t *testing.T) {
	file := func(name string) config.Plugin { return config.Plugin{File: name} }
	for _, tt := range []struct {
		name    string
		plugins []config.Plugin
		want    []string
	}{
		{"alone", []config.Plugin{file("/p/math.lua")}, []string{"math.lua"}},
		{"others", []config.Plugin{file("/p/math.lua"), file("/p/math.py")}, []string{"math.lua", "math.py"}},
		{"one folder apart", []config.Plugin{file("/p/fast/math.lua"), file("/p/slow/math.lua")}, []string{"fast/math.lua", "slow/math.lua"}},
		{"only as long as needed", []config.Plugin{file("/p/a/x/m.py"), file("/p/b/x/m.py"), file("/p/c/m.py")}, []string{"a/x/m.py", "b/x/m.py", "c/m.py"}},
		{"one is the other's end", []config.Plugin{file("m.py"), file("a/m.py")}, []string{"m.py", "a/m.py"}},
		{"the same twice", []config.Plugin{file("/p/m.py"), file("/p/m.py")}, []string{"m.py", "m.py"}},
		{"no files", []config.Plugin{{Command: "ruby x.rb"}, {Native: 1}}, []string{"ruby x.rb", "native"}},
	} {
		if got := names(tt.plugins); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}
