package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// clientJob is what a process of clients does.
type clientJob struct {
	Addr   string // host:port
	Module string
	Keep   bool // one connection per client instead of one per call
	Count  int  // clients
	Time   time.Duration
}

// beClient calls, and prints its sample as JSON.
func beClient(text []byte) error {
	var job clientJob
	if err := json.Unmarshal(text, &job); err != nil {
		return err
	}
	ask, answer := question(job.Module), answerOf()
	calls := make([]func() error, job.Count)
	for i := range calls {
		if !job.Keep {
			buf := make([]byte, len(answer)+1)
			calls[i] = func() error { return once(job.Addr, ask, answer, buf) }
			continue
		}
		call, end, err := keep(job.Addr, ask, answer)
		if err != nil {
			return err
		}
		defer end()
		calls[i] = call
	}
	s, err := loadEvery(job.Count, 1, job.Time, func(i int) func() error { return calls[i] })
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(s)
}

// clients is a cell that runs job in a process of its own.
func (b *bench) clients(name string, job clientJob) cell {
	return cell{name, func(d time.Duration) (s sample, err error) {
		job.Time = d
		c, err := b.roleCommand("client", job)
		if err != nil {
			return s, err
		}
		var out bytes.Buffer
		c.Stdout = &out
		if err := c.Run(); err != nil {
			return s, fmt.Errorf("the clients: %w", err)
		}
		return s, json.Unmarshal(out.Bytes(), &s)
	}}
}
