//go:build unix

package process

import (
	"errors"
	"testing"

	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/conformance/runtimetest"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/internal/need"
)

// TestConformance runs the kit in each language. A generator's chunks are bytes
// in Python and JavaScript, where the kit wants texts; Perl's keys are texts,
// Ruby's regular expressions have three options, JavaScript's times count
// milliseconds.
func TestConformance(t *testing.T) {
	tests := []struct {
		extension string
		features  runtimetest.Features
	}{
		{".py", runtimetest.Features{Inexact: []string{"list key"}, Without: []string{"each"}}},
		{".pl", runtimetest.Features{OneString: true, OneNumber: true, Inexact: []string{"symbol keys", "int keys", "float key",
			"nil and bool keys", "list key", "tuple key", "map key", "mixed keys", "symbol key like a form"}}},
		{".rb", runtimetest.Features{Inexact: []string{"regex multiline", "regex all options"}}},
		{".js", runtimetest.Features{OneNumber: true, Without: []string{"each"}, Inexact: []string{"microseconds", "one microsecond",
			"before 1970", "long before 1970", "year 2100", "all together"}}},
	}
	for _, tt := range tests {
		t.Run(tt.extension, func(t *testing.T) {
			spec := config.DefaultPlugin()
			spec.Module, spec.File, spec.Config = "kit", kit(tt.extension).File, runtimetest.Config()
			r := newRuntime(t)
			p, err := r.Load(t.Context(), spec)
			if errors.Is(err, core.ErrUnavailable) {
				need.Missing(t, err.Error())
			}
			if err != nil {
				t.Fatal(err)
			}
			_ = p.Close()
			runtimetest.Run(t, r, spec, tt.features)
		})
	}
}
