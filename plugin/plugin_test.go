package plugin

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/fondaco/fondaco/conformance/workertest"
)

// TestConformance holds the conversations of the protocol with a worker built
// from this package.
func TestConformance(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "gokit")
	build := exec.Command("go", "build", "-o", binary, "../conformance/plugins/gokit")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Run("worker", func(t *testing.T) {
		workertest.Run(t, workertest.Worker{
			Command:  func(testing.TB) *exec.Cmd { return exec.Command(binary) },
			ExitEnds: true, Parallel: true,
		})
	})
}
