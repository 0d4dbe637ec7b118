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

// inPython returns what Python makes of a value: a list in the key of a map is
// a tuple, for lists cannot be keys.
func inPython(v any) any {
	m, ok := v.(workertest.Map)
	if !ok {
		return v
	}
	for i, p := range m {
		m[i].Key = asKey(p.Key)
	}
	return m
}

// asKey returns a value with tuples for all lists in it.
func asKey(v any) any {
	list, ok := v.([]any)
	if !ok {
		return v
	}
	tuple := make(workertest.Tuple, len(list))
	for i, item := range list {
		tuple[i] = asKey(item)
	}
	return tuple
}

func TestPython(t *testing.T) {
	for name, w := range map[string]workertest.Worker{
		"cbor2": launch(t, pythonWithC(t), kitPython),
		"small": launch(t, "", kitPython, "FONDACO_CODEC=small"),
	} {
		w.Through = inPython
		t.Run(name, func(t *testing.T) { workertest.Run(t, w) })
	}
}
