package process

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
)

// resident returns the resident bytes of a process.
func resident(pid int) (int64, error) {
	name := fmt.Sprintf("/proc/%d/statm", pid)
	text, err := os.ReadFile(name)
	if err != nil {
		return 0, fmt.Errorf("memory of a worker: %w", err)
	}
	fields := bytes.Fields(text)
	if len(fields) < 2 {
		return 0, fmt.Errorf("memory of a worker: %s: %q is not understood", name, text)
	}
	pages, err := strconv.ParseInt(string(fields[1]), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("memory of a worker: %s: %w", name, err)
	}
	return pages * int64(os.Getpagesize()), nil
}
