package workertest

import (
	"encoding/binary"
	"strings"
	"testing"
)

// Pipeline makes n calls of echo with the same text and keeps window of them
// in flight: each answer is followed by a call with its id, and what was read
// together is written together. It costs the host little, so that its time is
// the worker's.
func (p *Peer) Pipeline(n, window int, text string) {
	p.t.Helper()
	var all []byte
	first := min(n, window)
	for id := range first {
		all = Append(all, uint32(id+1), kindCall, "kit", "echo", []any{text})
	}
	call := Append(nil, 0, kindCall, "kit", "echo", []any{text})
	want := encode([]any{kindReply, text})
	p.Write(all)
	sent, answered, filled := first, 0, 0
	buf := make([]byte, 1<<20)
	for answered < n {
		got, err := p.Conn.Read(buf[filled:])
		if err != nil {
			p.t.Fatalf("after %d of %d answers: %v", answered, n, err)
		}
		filled += got
		pos := 0
		all = all[:0]
		for filled-pos >= 8+len(want) {
			if length := binary.BigEndian.Uint32(buf[pos:]); length != uint32(len(want)+4) {
				p.t.Fatalf("answer %d is of length %d, want %d", answered, length, len(want)+4)
			}
			if sent < n {
				copy(call[4:8], buf[pos+4:])
				all = append(all, call...)
				sent++
			}
			answered++
			pos += 8 + len(want)
		}
		filled = copy(buf, buf[pos:filled])
		if len(all) > 0 {
			p.Write(all)
		}
	}
}

// BenchmarkPipelined measures a worker that has 64 calls of echo with 100
// bytes in flight. It reports calls per second, and the microseconds of
// processor time that the worker took for each, its start included, which say
// more on a busy machine.
func BenchmarkPipelined(b *testing.B, w Worker) {
	p := Start(b, w)
	text := strings.Repeat("0123456789", 10)
	p.Pipeline(1000, 64, text)
	b.ResetTimer()
	p.Pipeline(b.N, 64, text)
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
	p.Send(0, kindBye)
	p.Wait()
	used := p.Cmd.ProcessState.UserTime() + p.Cmd.ProcessState.SystemTime()
	b.ReportMetric(float64(used.Microseconds())/float64(b.N+1000), "worker-us/call")
}
