//go:build unix

package process

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/fondaco/fondaco/wire/frame"
)

const workerVariable = "PROCESS_TEST_WORKER"

// runWorker is the test binary as a worker that misbehaves in one way.
func runWorker(kind string) int {
	switch kind {
	case "ernie":
		return ernieWorker()
	case "silent":
		_, _ = fmt.Fprintln(os.Stderr, "thinking")
		time.Sleep(time.Hour)
	case "mute":
		_, _ = fmt.Fprintln(os.Stderr, "cannot load")
		return 3
	}
	socket := os.NewFile(3, "socket")
	w := &fakeWorker{socket: socket, kind: kind}
	if _, err := socket.Write(frame.AppendHello(nil, frame.Greeting{Functions: []string{"f"}, Concurrency: 64, Language: "test"})); err != nil {
		return 1
	}
	return w.serve()
}

type fakeWorker struct {
	socket *os.File
	kind   string
	in     frame.Buffer
}

func (w *fakeWorker) serve() int {
	for {
		n, err := w.socket.Read(w.in.Room())
		if err != nil {
			return 0
		}
		w.in.Filled(n)
		for {
			id, message, ok, err := w.in.Next()
			if err != nil {
				return 1
			}
			if !ok {
				break
			}
			var m frame.Message
			if frame.Parse(id, message, &m) != nil {
				return 1
			}
			if status, over := w.message(&m); over {
				return status
			}
		}
	}
}

// message handles one message and reports whether the worker exits.
func (w *fakeWorker) message(m *frame.Message) (status int, over bool) {
	if m.Kind == frame.Bye {
		return 0, true
	}
	if m.Kind != frame.Call {
		return 0, false
	}
	reply := frame.AppendReply(nil, m.ID, []byte{7})
	switch w.kind {
	case "die":
		_, _ = fmt.Fprintln(os.Stderr, "last words")
		return 9, true
	case "garbage":
		reply = []byte("\x00\x00\x00\x08garbage!")
	case "huge":
		reply = []byte("\xff\xff\xff\xff")
	case "unknown":
		reply = frame.AppendReply(nil, m.ID+1, []byte{7})
	case "hangup":
		_ = w.socket.Close()
		time.Sleep(time.Hour)
	case "hang":
		time.Sleep(time.Hour)
	case "flood":
		line := []byte(strings.Repeat("x", 100) + "\n" + strings.Repeat("y", 3*maxLine) + "\n")
		for range 1000 {
			_, _ = os.Stdout.Write(line)
			_, _ = os.Stderr.Write(line)
		}
	}
	_, err := w.socket.Write(reply)
	return 1, err != nil
}

// ernieWorker answers calls on descriptors 3 and 4 as Ernie's workers do: f
// with {reply, 7}, hang never, die not at all.
func ernieWorker() int {
	requests, answers := os.NewFile(3, "requests"), os.NewFile(4, "answers")
	for {
		var head [4]byte
		if _, err := io.ReadFull(requests, head[:]); err != nil {
			return 0
		}
		body := make([]byte, int(head[2])<<8|int(head[3]))
		if _, err := io.ReadFull(requests, body); err != nil {
			return 0
		}
		switch text := string(body); {
		case strings.Contains(text, "hang"):
			time.Sleep(time.Hour)
		case strings.Contains(text, "die"):
			_, _ = fmt.Fprintln(os.Stderr, "last words")
			return 9
		}
		term := "\x83\x68\x02\x64\x00\x05reply\x61\x07"
		if _, err := answers.Write(append([]byte{0, 0, 0, byte(len(term))}, term...)); err != nil {
			return 1
		}
	}
}
