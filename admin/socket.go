package admin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// maxPath is the longest name of a Unix socket that all systems take.
const maxPath = 103

// lockWait bounds how long a server waits for another that is just opening or
// removing a socket in the same folder.
const lockWait = 5 * time.Second

// TakenError says that a live server has the socket.
type TakenError struct {
	Path string
	Pid  int // 0: not known
}

// Error names the socket and who has it.
func (e *TakenError) Error() string {
	who := "a server"
	if e.Pid != 0 {
		who = "the server with pid " + strconv.Itoa(e.Pid)
	}
	return fmt.Sprintf("admin socket %s: %s answers there; halt it, or choose another with admin: or --admin", e.Path, who)
}

// DefaultPath returns where the admin socket is when nobody says otherwise:
// $XDG_RUNTIME_DIR/fondaco.sock, else fondaco.sock in a folder below the
// temporary one that belongs to the user alone. With create the folder is made
// if need be; a folder that others could have tampered with is an error.
func DefaultPath(create bool) (string, error) {
	if dir := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) {
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			return filepath.Join(dir, "fondaco.sock"), nil
		}
	}
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("fondaco-%d", os.Getuid()))
	if create {
		if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
			return "", fmt.Errorf("admin socket: %w; set XDG_RUNTIME_DIR, or name another place", err)
		}
	}
	info, err := os.Lstat(dir)
	if errors.Is(err, os.ErrNotExist) && !create {
		return filepath.Join(dir, "fondaco.sock"), nil
	}
	if err != nil {
		return "", fmt.Errorf("admin socket: %w", err)
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || info.Mode().Perm() != 0o700 || !ok || int(owner.Uid) != os.Getuid() {
		return "", fmt.Errorf("admin socket: %s is not a folder of this user alone (mode 0700); remove it, or set XDG_RUNTIME_DIR or admin", dir)
	}
	return filepath.Join(dir, "fondaco.sock"), nil
}

// socket is a Unix socket that is removed with its listener.
type socket struct {
	*net.UnixListener
	path string
	file os.FileInfo
}

// listenUnix opens the socket at path for its user alone. What a dead server
// left there is removed; a live server's is a TakenError.
func listenUnix(path string) (*socket, error) {
	if len(path) > maxPath {
		return nil, fmt.Errorf("admin socket %s: the name is longer than %d bytes; choose a shorter one", path, maxPath)
	}
	unlock, err := lockFolder(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("admin socket %s: %w", path, err)
	}
	defer unlock()
	l, err := bind(path)
	if errors.Is(err, syscall.EADDRINUSE) {
		if err := removeStale(path); err != nil {
			return nil, err
		}
		l, err = bind(path)
	}
	if err != nil {
		return nil, fmt.Errorf("admin socket: %w", err)
	}
	l.SetUnlinkOnClose(false)
	if err = os.Chmod(path, 0o600); err == nil {
		var info os.FileInfo
		if info, err = os.Lstat(path); err == nil {
			return &socket{l, path, info}, nil
		}
	}
	return nil, errors.Join(fmt.Errorf("admin socket: %w", err), l.Close(), os.Remove(path))
}

// bind makes the socket; where the system lets it, with its mode from the
// start.
func bind(path string) (*net.UnixListener, error) {
	lc := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		return c.Control(func(fd uintptr) { _ = syscall.Fchmod(int(fd), 0o600) }) // else Chmod does it afterwards
	}}
	l, err := lc.Listen(context.Background(), "unix", path)
	if err != nil {
		return nil, err
	}
	return l.(*net.UnixListener), nil
}

// removeStale removes a socket that nobody listens on.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return nil // gone by itself
	}
	if info.Mode()&os.ModeSocket == 0 {
		return fmt.Errorf("admin socket %s: there is a file of that name; remove it or choose another", path)
	}
	c, err := net.DialTimeout("unix", path, lockWait)
	switch {
	case err == nil:
		pid := peerPid(c.(*net.UnixConn))
		_ = c.Close()
		return &TakenError{Path: path, Pid: pid}
	case errors.Is(err, syscall.ECONNREFUSED):
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("admin socket left by a dead server: %w", err)
		}
		return nil
	case errors.Is(err, syscall.EAGAIN):
		return &TakenError{Path: path} // its queue is full: it lives
	}
	return fmt.Errorf("admin socket %s: cannot tell whether a server lives there: %w", path, err)
}

// Close stops listening and removes the socket, unless it is another's by now.
func (s *socket) Close() error {
	unlock, err := lockFolder(filepath.Dir(s.path))
	if err == nil {
		defer unlock()
	}
	if now, err := os.Lstat(s.path); err == nil && os.SameFile(now, s.file) {
		_ = os.Remove(s.path) // left behind, the next start takes it over
	}
	return s.UnixListener.Close()
}

// lockFolder keeps other servers from opening or removing sockets in dir until
// unlock is called. The lock is on the folder itself: no file is left behind.
func lockFolder(dir string) (unlock func(), err error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("%s; make the folder, or choose another", strings.TrimPrefix(err.Error(), "open "))
	}
	for start := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { _ = f.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) || time.Since(start) > lockWait {
			_ = f.Close()
			return nil, fmt.Errorf("cannot lock %s: %w; choose another folder", dir, err)
		}
	}
}
