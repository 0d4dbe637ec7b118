//go:build unix

package process

import (
	"context"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/fondaco/fondaco/codec"
	"github.com/fondaco/fondaco/codec/bert"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/pool"
	"github.com/fondaco/fondaco/wire/ernie"
)

// veteran is a worker that speaks the wire ernie. The embedded connection is
// its Handler and core.Interrupter, and knows its end.
type veteran struct {
	*ernie.Conn
	worker *worker
}

// beginErnie starts a worker with a pipe for requests as descriptor 3 and one
// for answers as 4. It is ready as soon as it runs: there is no hello.
func (p *plugin) beginErnie(ctx context.Context, _ core.Handler, _ bool) (pool.Instance, error) {
	requests, err := pipe()
	if err != nil {
		return nil, fmt.Errorf("start a worker of %s: %w", p.name(), err)
	}
	answers, err := pipe()
	if err != nil {
		_ = unix.Close(requests[0])
		_ = unix.Close(requests[1])
		return nil, fmt.Errorf("start a worker of %s: %w", p.name(), err)
	}
	theirs := []*os.File{os.NewFile(uintptr(requests[0]), "requests"), os.NewFile(uintptr(answers[1]), "answers")}
	w, err := p.spawn(ctx, theirs, []string{"FONDACO_WIRE=ernie"})
	closeAll(theirs)
	if err != nil {
		_ = unix.Close(requests[1])
		_ = unix.Close(answers[0])
		return nil, err
	}
	limits := core.Limits{Bytes: p.runtime.opts.Limit}
	conn, err := ernie.New(answers[0], requests[1], ernie.Options{
		Plugin: p.name(), Limits: limits, Down: w.down, Unsent: pool.ErrUnsent,
		Append: func(dst []byte, body core.Body) ([]byte, error) {
			return codec.Transcode(dst, body, bert.Codec, core.ReadOptions{Limits: limits, Binaries: p.spec.Binaries})
		},
	})
	if err != nil {
		w.end(0)
		w.output.close()
		return nil, err
	}
	v := &veteran{Conn: conn, worker: w}
	go func() {
		<-w.process.Done()
		v.Fail(ernie.ErrEnd)
	}()
	return v, nil
}

// Pid returns the worker's process id.
func (v *veteran) Pid() int { return v.worker.process.Pid() }

// Memory returns the worker's resident bytes.
func (v *veteran) Memory() (int64, error) { return resident(v.Pid()) }

// Concurrency returns 1: such a worker reads its next request after it has
// answered.
func (v *veteran) Concurrency() int { return 1 }

// Close kills the worker and waits until it and its pipes are gone.
func (v *veteran) Close() error {
	v.Conn.Close()
	v.worker.output.close()
	return nil
}
