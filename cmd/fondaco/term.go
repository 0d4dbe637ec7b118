package main

import "os"

// red is the colour of what went wrong.
const red = "31"

// paint colours a text for a terminal, unless NO_COLOR is set.
func paint(w *os.File, colour, text string) string {
	if os.Getenv("NO_COLOR") != "" || !isTerminal(w) {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}
