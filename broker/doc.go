// Package broker finds the plugins of a module and hands them its requests.
//
// The Broker is a core.Handler made of Handlers: a module is a chain of
// backends that are tried in order (shadowing), the next one whenever a
// backend answers ErrNoFunction. The table of modules is immutable and swapped
// as a whole, so that a look-up takes no lock.
//
// A module's chain is one generation. A reload prepares the next generation
// beside it, swaps, and lets the old one finish what it has.
package broker
