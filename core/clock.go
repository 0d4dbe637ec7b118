package core

import "time"

// Now returns nanoseconds on a monotonic clock that starts with the process.
// Request.Deadline is on it.
func Now() int64 { return int64(time.Since(started)) }

var started = time.Now()
