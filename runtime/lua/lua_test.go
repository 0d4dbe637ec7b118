package lua_test

import (
	"testing"

	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/conformance/runtimetest"
	"github.com/fondaco/fondaco/runtime/lua"
)

func TestConformance(t *testing.T) {
	spec := config.DefaultPlugin()
	spec.Module, spec.File, spec.Config = "kit", "../../conformance/plugins/kit.lua", runtimetest.Config()
	runtimetest.Run(t, lua.Runtime{}, spec, runtimetest.Features{OneNumber: true, OneString: true, Spins: true,
		Without: []string{"pid", "die_hard", "leave"}})
}
