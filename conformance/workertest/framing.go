package workertest

import (
	"encoding/binary"
	"strings"
	"testing"
)

var framing = []conversation{
	{"a frame too long", nil, testTooLong},
	{"a frame too short", nil, testTooShort},
	{"both directions full", []string{"echo"}, testFull},
}

func testTooLong(t *testing.T, w Worker) {
	p := Start(t, w)
	p.Write(binary.BigEndian.AppendUint32(nil, 0xffffffff))
	p.Write([]byte{0, 0, 0, 1, 0x84})
	p.ExpectEOF()
	p.Wait()
}

func testTooShort(t *testing.T, w Worker) {
	p := Start(t, w)
	p.Write([]byte{0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0})
	p.ExpectEOF()
	p.Wait()
}

// testFull writes calls without reading any answer until all are written: far
// more than both sockets hold. A worker that writes without reading would stop
// for ever.
func testFull(t *testing.T, w Worker) {
	const n = 400
	p := Start(t, w)
	text := strings.Repeat("x", 20000)
	for i := range n {
		p.Call(uint32(i), "echo", text)
	}
	p.expectAll(w, n, func(uint32) any { return text })
}
