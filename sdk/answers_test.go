package sdk_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/fondaco/fondaco/conformance/workertest"
)

// TestAnswersFirst has a call follow another one in the same read, and end the
// process: the answer to the first must have gone out.
func TestAnswersFirst(t *testing.T) {
	for _, file := range []string{kitPython, kitNode} {
		t.Run(filepath.Ext(file), func(t *testing.T) {
			p := workertest.Start(t, launch(t, "", file))
			p.Call(1, "echo", "a function that was called before")
			p.ExpectReply(1, "a function that was called before")
			both := workertest.Append(nil, 2, kindCall, "kit", "echo", []any{"first"})
			p.Write(workertest.Append(both, 3, kindCall, "kit", "die_hard", []any{}))
			p.ExpectReply(2, "first")
			p.ExpectEOF()
		})
	}
}

// TestLongAnswers has more answers wait than are sent at once, the first of
// them longer than that.
func TestLongAnswers(t *testing.T) {
	for _, file := range []string{kitPython, kitNode} {
		t.Run(filepath.Ext(file), func(t *testing.T) {
			p := workertest.Start(t, launch(t, "", file))
			var all []byte
			for i := range uint32(40) {
				size := 7000
				if i == 0 {
					size = 300000
				}
				all = workertest.Append(all, i, kindCall, "kit", "echo", []any{strings.Repeat("é", size)})
			}
			sent := make(chan error, 1)
			go func() {
				_, err := p.Conn.Write(all)
				sent <- err
			}()
			for i := range uint32(40) {
				if s, ok := p.Reply(i).(string); !ok || strings.Trim(s, "é") != "" || len(s) < 14000 {
					t.Fatalf("answer %d is not what was sent", i)
				}
			}
			if err := <-sent; err != nil {
				t.Error(err)
			}
		})
	}
}

// TestThread uses the library in another thread than that of the calls.
func TestThread(t *testing.T) {
	p := workertest.Start(t, launch(t, "", plugin(t, "p.py", `
import threading
import fondaco

def other():
    said = []
    def work():
        fondaco.log("warn", "from a thread")
        try:
            fondaco.call("other", "f")
        except RuntimeError as e:
            said.append(str(e))
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return said
`)))
	p.Call(1, "other")
	p.ExpectReply(1, []any{"fondaco can be used only in the thread that serves the calls"})
	p.Send(0, 6)
	p.Wait()
	if !strings.Contains(p.Output(), "warn: from a thread\n") {
		t.Errorf("the output %q lacks the log line", p.Output())
	}
}
