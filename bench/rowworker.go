package main

import (
	"bytes"
	"fmt"
	"time"
)

// inFlight is how many calls are under way at a time in the rows about
// throughput.
const inFlight = 64

// goWorker is one compiled worker with 64 calls in flight, through broker, pool
// and deadline, beside a bare multiplexer and two other plugin systems. Its
// function hands the bytes through, like theirs; one with typed arguments stands
// beside it.
func goWorker(b *bench) ([]Row, error) {
	h, err := serve(nil, b.worker("echo", 1, inFlight))
	if err != nil {
		return nil, err
	}
	defer func() { _ = h.end() }()
	bare, endBare, err := b.bareGo()
	if err != nil {
		return nil, err
	}
	defer endBare()
	grpc, endGRPC, err := b.newGRPC()
	if err != nil {
		return nil, err
	}
	defer endGRPC()
	mangos, endMangos, err := b.newMangos(inFlight)
	if err != nil {
		return nil, err
	}
	defer endMangos()
	const ours, typed = "Go worker, 64 in flight", "Go worker, 64 in flight, typed"
	r, err := b.interleave(
		h.ours(ours, "echo", "echo", inFlight),
		h.ours(typed, "echo", "text", inFlight),
		bare,
		cell{"go-plugin gRPC", func(d time.Duration) (sample, error) {
			return load(inFlight, d, func(int) func() error { return echoes(grpc) })
		}},
		cell{"mangos req/rep", func(d time.Duration) (sample, error) {
			return load(inFlight, d, func(i int) func() error { return echoes(mangos[i]) })
		}},
	)
	if err != nil {
		return nil, err
	}
	const unit = "calls/s"
	return []Row{
		r.row(ours, "", unit).atLeast(300_000),
		r.row(ours, bare.name, unit),
		r.row(ours, "go-plugin gRPC", unit).ratioAtLeast(10),
		r.row(ours, "mangos req/rep", unit).ratioAtLeast(5),
		r.row(typed, ours, unit),
	}, nil
}

// bareGo starts the bare multiplexer with a Go process and returns its cell and
// its end.
func (b *bench) bareGo() (cell, func(), error) {
	c, err := b.roleCommand("echo", nil)
	if err != nil {
		return cell{}, nil, err
	}
	m, err := newMux(c, inFlight)
	if err != nil {
		return cell{}, nil, err
	}
	return m.cell("bare mux, Go"), m.end, nil
}

// cell measures the bare multiplexer with a caller in each slot. What it sends
// is one CBOR text, as long as the payload of a call.
func (m *mux) cell(name string) cell {
	return cell{name, func(d time.Duration) (sample, error) {
		return load(len(m.slots), d, func(i int) func() error {
			return echoes(func(payload []byte) ([]byte, error) { return m.call(i, payload) })
		})
	}}
}

// echoes returns a function that calls with the payload and compares the
// answer.
func echoes(call func([]byte) ([]byte, error)) func() error {
	want := value()
	return func() error {
		got, err := call(want)
		if err == nil && !bytes.Equal(got, want) {
			err = fmt.Errorf("answered %x, not %x", got, want)
		}
		return err
	}
}

// latency is one call in flight beside a blocking ping-pong.
func latency(b *bench) ([]Row, error) {
	h, err := serve(nil, b.worker("echo", 1, 1))
	if err != nil {
		return nil, err
	}
	defer func() { _ = h.end() }()
	bare, end, err := b.pingPong(len(value()))
	if err != nil {
		return nil, err
	}
	defer end()
	const ours, typed, floor = "Go worker, 1 in flight, p50", "Go worker, 1 in flight, p50, typed", "blocking ping-pong"
	p50 := func(call func() error) func(d time.Duration) (sample, error) {
		return func(d time.Duration) (sample, error) {
			s, err := loadEvery(1, 1, d, func(int) func() error { return call })
			s.Value = s.P50
			return s, err
		}
	}
	r, err := b.interleave(
		cell{ours, p50(h.caller("echo"))}, cell{floor, p50(bare)}, cell{typed, p50(h.callerOf("echo", "text"))})
	if err != nil {
		return nil, err
	}
	return []Row{r.row(ours, floor, "us").ratioAtMost(1.5), r.row(typed, floor, "us")}, nil
}
