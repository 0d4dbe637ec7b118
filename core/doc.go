// Package core is Fondaco's vocabulary: the types and interfaces that every
// other package speaks, and nothing else. It imports the standard library
// only; everything else imports it.
//
// The way of a message is the way of a Handler: a door builds a Request and
// hands it to the broker, the broker to a pool, the pool to an instance, and
// each of them is a Handler. The reply's Body comes back up the same stack,
// on the same goroutine.
package core
