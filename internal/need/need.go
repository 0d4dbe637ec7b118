// Package need skips tests that need a program this machine lacks, and fails
// them instead where CI=true promises that everything is installed.
package need

import (
	"os"
	"os/exec"
	"testing"
)

// Program returns the path of the program with the given name or path. When
// there is none the test is skipped, or failed under CI=true; hint says what
// to install.
func Program(t testing.TB, name, hint string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Missing(t, name+" is not installed: "+hint)
	}
	return path
}

// Missing skips the test for want of what reason says, or fails it under
// CI=true.
func Missing(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}
