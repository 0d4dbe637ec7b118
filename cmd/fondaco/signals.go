package main

import (
	"log/slog"
	"os"
	"syscall"
	"time"
)

// echoTime is how long after a signal to end another one is its echo: timeout(1)
// and terminals signal the process and its group.
const echoTime = 250 * time.Millisecond

// obedience does what signals ask a server for. It is used by one goroutine.
type obedience struct {
	log    *slog.Logger
	stop   func()        // makes the server drain
	reload chan struct{} // hangups during a reload make one more
	exit   func(code int)
	now    func() time.Time
	first  time.Time // when a signal made the server drain; zero: none did
	drains bool
}

// obey does what a signal asks for.
func (o *obedience) obey(s os.Signal) {
	switch {
	case s == syscall.SIGHUP:
		select {
		case o.reload <- struct{}{}:
		default:
		}
	case !o.drains:
		o.first, o.drains = o.now(), true
		o.log.Info("halted by signal " + nameOf(s) + ", draining")
		o.stop()
	case o.now().Sub(o.first) >= echoTime:
		o.log.Warn("second signal: ending at once", "signal", nameOf(s))
		o.exit(exitFailed)
	}
}

// halted notes that the server drains since the admin socket asked for it: the
// next signal ends it at once.
func (o *obedience) halted() {
	o.drains = true
	o.log.Info("halted by the admin socket, draining")
}

// nameOf returns the name of one of the signals that the server listens to.
func nameOf(s os.Signal) string {
	switch s {
	case syscall.SIGINT:
		return "SIGINT"
	case syscall.SIGTERM:
		return "SIGTERM"
	}
	return s.String()
}
