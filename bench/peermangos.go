package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"

	"go.nanomsg.org/mangos/v3"
	"go.nanomsg.org/mangos/v3/protocol/rep"
	"go.nanomsg.org/mangos/v3/protocol/req"
	_ "go.nanomsg.org/mangos/v3/transport/ipc" // ipc: URLs
)

// The peer mangos: request and reply over a local socket, a context for each
// caller on both sides.

// mangosJob tells the answering side where to connect, and how many contexts
// it answers with.
type mangosJob struct {
	URL      string
	Contexts int
}

func beMangos(text []byte) error {
	var job mangosJob
	if err := json.Unmarshal(text, &job); err != nil {
		return err
	}
	s, err := rep.NewSocket()
	if err != nil {
		return err
	}
	if err := s.Dial(job.URL); err != nil {
		return err
	}
	ended := make(chan error)
	for range job.Contexts {
		c, err := s.OpenContext()
		if err != nil {
			return err
		}
		go func() { ended <- answer(c) }()
	}
	return <-ended
}

func answer(c mangos.Context) error {
	for {
		m, err := c.RecvMsg()
		if err != nil {
			return err
		}
		if err := c.SendMsg(m); err != nil {
			return err
		}
	}
}

// newMangos starts the peer and returns for each of so many callers the
// function that makes a call, and the end of all.
func (b *bench) newMangos(callers int) (calls []func(payload []byte) ([]byte, error), end func(), err error) {
	s, err := req.NewSocket()
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			_ = s.Close()
		}
	}()
	url := "ipc://" + b.dir + "/mangos.sock"
	if runtime.GOOS == "linux" {
		url = fmt.Sprintf("ipc://@fondaco-bench-%d", os.Getpid())
	}
	if err = s.Listen(url); err != nil {
		return nil, nil, err
	}
	for range callers {
		c, err := s.OpenContext()
		if err != nil {
			return nil, nil, err
		}
		calls = append(calls, func(payload []byte) ([]byte, error) {
			if err := c.Send(payload); err != nil {
				return nil, err
			}
			return c.Recv()
		})
	}
	c, err := b.roleCommand("mangos", mangosJob{url, callers})
	if err != nil {
		return nil, nil, err
	}
	if err = c.Start(); err != nil {
		return nil, nil, err
	}
	end = func() {
		_ = c.Process.Kill()
		_ = c.Wait()
		_ = s.Close()
	}
	return calls, end, nil
}
