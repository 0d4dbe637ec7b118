//go:build unix && !linux

package process

import (
	"errors"
	"fmt"
)

// resident returns errors.ErrUnsupported: there is no /proc here.
func resident(int) (int64, error) {
	return 0, fmt.Errorf("memory of a worker: %w", errors.ErrUnsupported)
}
