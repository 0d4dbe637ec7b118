// Package pool keeps the instances of one plugin and hands calls to them.
//
// A Pool is a core.Handler. It starts instances when calls need them, at most
// as many as its configuration allows; queues calls, high before low, while
// all are busy; watches deadlines and callers that have gone with one coarse
// clock for the whole server; recycles instances between calls; and holds
// back from a plugin that keeps dying.
//
// All state of a pool is guarded by one mutex, which is never held while an
// instance works.
package pool
