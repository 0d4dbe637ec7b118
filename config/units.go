package config

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

var sizeUnits = []struct {
	suffix string
	factor int64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30},
	{"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"B", 1}, {"", 1},
}

var (
	errSize = errors.New("write a size such as 16MiB, 1MB or 4096")
	errTime = errors.New("write a time with its unit, such as 5s, 500ms or 1m30s")
)

// ParseSize reads a number of bytes: 4096, 1MB or 16MiB. It never returns a
// negative one.
func ParseSize(s string) (int64, error) {
	for _, u := range sizeUnits {
		digits, ok := strings.CutSuffix(s, u.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(strings.TrimRight(digits, " "), 10, 63)
		if err != nil || int64(n) > math.MaxInt64/u.factor {
			return 0, errSize
		}
		return int64(n) * u.factor, nil
	}
	return 0, errSize
}

// ParseTime reads a length of time: 5s, 500ms, 1m30s, or 0. It never returns a
// negative one.
func ParseTime(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 || strings.HasPrefix(s, "-") {
		return 0, errTime
	}
	return d, nil
}
