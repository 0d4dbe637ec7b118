//go:build unix

package process

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"
)

const (
	maxTail  = 4 << 10 // bytes of output kept for errors
	maxLine  = 8 << 10 // bytes of one line in the log; the rest is cut
	maxLines = 1000    // lines logged per second; the rest is counted
)

// output is what a worker prints, to both descriptors: line by line to the
// log, and the end of it kept for errors.
type output struct {
	log   *slog.Logger
	files []*os.File // our ends
	done  chan struct{}

	mu      sync.Mutex
	tail    []byte
	window  time.Time // the second that lines are counted in
	lines   int
	dropped int
}

// collect reads both pipes until they end.
func collect(log *slog.Logger, stdout, stderr *os.File) *output {
	o := &output{log: log, files: []*os.File{stdout, stderr}, done: make(chan struct{})}
	var readers sync.WaitGroup
	readers.Go(func() { o.read(stdout, "stdout", slog.LevelInfo) })
	readers.Go(func() { o.read(stderr, "stderr", slog.LevelWarn) })
	go func() {
		readers.Wait()
		o.flushDropped()
		close(o.done)
	}()
	return o
}

// close gives up what is still open: a stray child of the worker may hold it.
func (o *output) close() {
	closeAll(o.files)
	<-o.done
}

// last returns the end of what was printed. It waits up to limit for the pipes
// to end.
func (o *output) last(limit time.Duration) string {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-o.done:
	case <-timer.C:
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.TrimSpace(strings.ToValidUTF8(string(o.tail), "\uFFFD"))
}

func (o *output) read(from io.Reader, stream string, level slog.Level) {
	buf := make([]byte, 32<<10)
	var line []byte
	for {
		n, err := from.Read(buf)
		o.keep(buf[:n])
		for rest := buf[:n]; len(rest) > 0; {
			text, after, whole := bytes.Cut(rest, []byte{'\n'})
			line = append(line, text[:min(len(text), maxLine-len(line))]...)
			rest = after
			if whole {
				o.write(line, stream, level)
				line = line[:0]
			}
		}
		if err != nil {
			if len(line) > 0 {
				o.write(line, stream, level)
			}
			return
		}
	}
}

// keep remembers the end of what was printed.
func (o *output) keep(data []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	data = data[max(0, len(data)-maxTail):]
	if over := len(o.tail) + len(data) - maxTail; over > 0 {
		o.tail = append(o.tail[:0], o.tail[over:]...)
	}
	o.tail = append(o.tail, data...)
}

func (o *output) write(line []byte, stream string, level slog.Level) {
	if !o.pass() {
		return
	}
	o.log.Log(context.Background(), level, strings.ToValidUTF8(string(bytes.TrimRight(line, "\r")), "\uFFFD"), "stream", stream)
}

// pass counts a line and reports whether it may be logged.
func (o *output) pass() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if now := time.Now(); now.Sub(o.window) >= time.Second {
		if o.dropped > 0 {
			o.log.Warn("the worker printed more than is logged", "dropped", o.dropped)
		}
		o.window, o.lines, o.dropped = now, 0, 0
	}
	if o.lines >= maxLines {
		o.dropped++
		return false
	}
	o.lines++
	return true
}

func (o *output) flushDropped() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.dropped > 0 {
		o.log.Warn("the worker printed more than is logged", "dropped", o.dropped)
	}
}
