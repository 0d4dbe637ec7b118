// Package fondaco assembles a whole server: doors that accept connections, a
// broker, pools, and the runtimes behind them.
//
// A program makes a Config, by hand or with config.Load, hands it to New, and
// runs Serve. The vocabulary is that of package core; the most used names have
// aliases here.
//
// A program that lets Fondaco start workers calls guardian.Main first thing in
// its main: it is re-executed as the small process that starts them and never
// leaves one behind.
package fondaco
