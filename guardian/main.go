//go:build unix

package guardian

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// The guardian's own economy: it hardly allocates, and is one of the processes
// that run all the time.
const (
	gcPercent   = 25
	memoryLimit = 24 << 20
	threads     = 3
)

// Main turns this process into the guardian when Start or Spawn of another
// process of the same binary executed it as one, and never returns then. Else
// it returns at once. Call it first thing in main, and in TestMain, before
// flags are parsed or anything is started.
func Main() {
	value := os.Getenv(marker)
	if value == "" {
		return
	}
	_ = os.Unsetenv(marker)
	fd, token, _ := strings.Cut(value, ":")
	kind, err := unix.GetsockoptInt(lifelineFD, unix.SOL_SOCKET, unix.SO_TYPE)
	if fd != fmt.Sprint(lifelineFD) || token == "" || err != nil || kind != unix.SOCK_STREAM {
		fmt.Fprintf(os.Stderr, "%s=%q is set, but this process was not started as a guardian: unset it\n", marker, value)
		os.Exit(2)
	}
	newServer(lifelineFD, token).run()
}

// prepare makes this process fit to be a guardian. The calling goroutine keeps
// its thread for ever: a worker dies when the thread that forked it does.
//
// The signals are caught and dropped instead of ignored, because a worker would
// inherit ignored ones.
func prepare(fd int) error {
	runtime.LockOSThread()
	runtime.GOMAXPROCS(threads)
	debug.SetGCPercent(gcPercent)
	debug.SetMemoryLimit(memoryLimit)
	signal.Notify(make(chan os.Signal, 1), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE, syscall.SIGQUIT,
		syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGALRM, syscall.SIGTSTP, syscall.SIGTTIN, syscall.SIGTTOU)
	unix.CloseOnExec(fd)
	return settle()
}

func newServer(fd int, token string) *server {
	s := &server{fd: fd, token: token, workers: make(map[int]*worker), byID: make(map[uint64]*worker), orphans: newOrphans()}
	s.wake = sync.NewCond(&s.mu)
	return s
}
