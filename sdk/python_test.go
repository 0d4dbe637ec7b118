package sdk_test

import (
	"os/exec"
	"testing"

	"github.com/fondaco/fondaco/conformance/workertest"
	"github.com/fondaco/fondaco/internal/need"
)

const kitPython = "../conformance/plugins/kit.py"

// pythonWithC returns a python3 that has the cbor2 package.
func pythonWithC(t testing.TB) string {
	t.Helper()
	for _, program := range []string{"/usr/bin/python3", "python3"} {
		if exec.Command(program, "-c", "import cbor2").Run() == nil {
			return program
		}
	}
	need.Missing(t, "no python3 has cbor2: apt install python3-cbor2")
	return ""
}

func TestPython(t *testing.T) {
	t.Run("cbor2", func(t *testing.T) { workertest.Run(t, launch(t, pythonWithC(t), kitPython)) })
	t.Run("small", func(t *testing.T) { workertest.Run(t, launch(t, "", kitPython, "FONDACO_CODEC=small")) })
}
