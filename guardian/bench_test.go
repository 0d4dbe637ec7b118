//go:build unix

package guardian

import (
	"os"
	"os/exec"
	"testing"
)

// BenchmarkSpawn is a start through the guardian up to its report of the exit;
// BenchmarkStartProcess is the same without a guardian.
func BenchmarkSpawn(b *testing.B) {
	g := start(b)
	path := truePath(b)
	for b.Loop() {
		<-spawn(b, g, Command{Path: path}).Done()
	}
}

func BenchmarkStartProcess(b *testing.B) {
	path := truePath(b)
	for b.Loop() {
		p, err := os.StartProcess(path, []string{path}, &os.ProcAttr{})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := p.Wait(); err != nil {
			b.Fatal(err)
		}
	}
}

func truePath(b *testing.B) string {
	path, err := exec.LookPath("true")
	if err != nil {
		b.Fatal(err)
	}
	return path
}
