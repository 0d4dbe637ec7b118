package sdk_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/fondaco/fondaco/conformance/workertest"
	"github.com/fondaco/fondaco/internal/need"
	"github.com/fondaco/fondaco/sdk"
)

// launch returns a worker of the kit that runs a plain file with the launcher
// for its extension, as the host starts it: the script from a descriptor.
// interpreter is a path; env is added to the environment.
func launch(t testing.TB, interpreter, file string, env ...string) workertest.Worker {
	t.Helper()
	l, ok := sdk.Find(filepath.Ext(file))
	if !ok {
		t.Fatalf("no launcher for %s", file)
	}
	if interpreter == "" {
		interpreter = need.Program(t, l.Interpreter, "apt install "+l.Package)
	}
	return workertest.Worker{Command: func(t testing.TB) *exec.Cmd {
		args := append(append([]string{}, l.Flags...), "/proc/self/fd/4", "kit", file)
		cmd := exec.Command(interpreter, args...)
		cmd.Env = append(os.Environ(), env...)
		cmd.Env = append(cmd.Env, "FONDACO_PLUGIN="+file)
		cmd.ExtraFiles = []*os.File{nameless(t, l.Script)}
		return cmd
	}}
}

// nameless returns a file with the given content and no name.
func nameless(t testing.TB, content []byte) *os.File {
	t.Helper()
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if err := os.Remove(f.Name()); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(content); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Seek(0, 0); err != nil {
		t.Fatal(err)
	}
	return f
}
