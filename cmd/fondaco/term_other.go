//go:build !linux

package main

import "os"

// isTerminal tells whether f is a character device, which is the nearest to a
// terminal that can be asked for everywhere.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// terminalWidth returns 0: it is not known here.
func terminalWidth(*os.File) int { return 0 }
