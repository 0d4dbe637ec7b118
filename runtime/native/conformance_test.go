package native_test

import (
	"testing"

	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/conformance/plugins/gokit/kit"
	"github.com/fondaco/fondaco/conformance/runtimetest"
	"github.com/fondaco/fondaco/runtime/native"
)

func TestConformance(t *testing.T) {
	spec := config.DefaultPlugin()
	spec.Module, spec.Native, spec.Config = "kit", kit.New(), runtimetest.Config()
	runtimetest.Run(t, native.Runtime{}, spec, runtimetest.Features{})
}
