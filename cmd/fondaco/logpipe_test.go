package main

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestLogReaderGoes has the reader of a server's log end, as in a pipe to head.
func TestLogReaderGoes(t *testing.T) {
	dir := plugin(t, `return {f = function() print("a line that nobody reads") return 1 end}`)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	server := exec.Command(exe)
	server.Args = []string{"fondaco", "run", "-l", "bert://127.0.0.1:0", "--admin", "none", "a.lua"}
	server.Dir, server.Stderr = dir, writer
	server.Env = append(os.Environ(), "GORACE="+noRaceSleep)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	_ = writer.Close()
	url, lines := "", bufio.NewScanner(reader)
	for url == "" && lines.Scan() {
		if _, rest, ok := strings.Cut(lines.Text(), "listening "); ok {
			url = rest
		}
	}
	_ = reader.Close()
	for range 2 {
		call := exec.Command(exe)
		call.Args = []string{"fondaco", "call", "--to", url, "a.f"}
		call.Env = server.Env
		if out, err := call.CombinedOutput(); err != nil || string(out) != "1\n" {
			t.Fatalf("a call of a server whose log nobody reads: %v: %s", err, out)
		}
	}
}
