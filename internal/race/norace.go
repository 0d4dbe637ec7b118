//go:build !race

// Package race tells tests whether they run under the race detector, where
// pools drop some of what they are given, so that allocations mean nothing.
package race

// Enabled says that the race detector is on.
const Enabled = false
