//go:build unix

package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fondaco/fondaco/codec"
	"github.com/fondaco/fondaco/codec/cbor"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/pool"
	"github.com/fondaco/fondaco/wire/ernie"
	"github.com/fondaco/fondaco/wire/link"
)

// instance is a worker that speaks the wire fondaco. The embedded link is its
// Handler and core.Interrupter, and knows its end.
type instance struct {
	*link.Link
	worker *worker
}

// beginFondaco starts a worker and waits for its hello.
func (p *plugin) beginFondaco(ctx context.Context, host core.Handler, first bool) (pool.Instance, error) {
	fds, err := socketpair()
	if err != nil {
		return nil, fmt.Errorf("start a worker of %s: %w", p.name(), err)
	}
	theirs := os.NewFile(uintptr(fds[1]), "worker")
	env := []string{"FONDACO_SOCKET=fd:3", "FONDACO_WIRE=fondaco"}
	if first {
		env = append(env, "FONDACO_INIT=1")
	}
	w, err := p.spawn(ctx, []*os.File{theirs}, env)
	_ = theirs.Close()
	if err != nil {
		_ = unix.Close(fds[0])
		return nil, err
	}
	l, err := link.New(fds[0], p.runtime.poller, p.linkOptions(w, host))
	if err != nil {
		w.end(0)
		w.output.close()
		return nil, err
	}
	i := &instance{Link: l, worker: w}
	go i.watch()
	if err := i.await(ctx); err != nil {
		return nil, errors.Join(err, i.Close())
	}
	return i, nil
}

func (p *plugin) linkOptions(w *worker, host core.Handler) link.Options {
	opts := p.runtime.opts
	limits := core.Limits{Bytes: opts.Limit}
	return link.Options{
		Plugin: p.name(), Codec: cbor.Codec, Limit: opts.Limit + 4, Grace: opts.Grace, Host: host, Unsent: pool.ErrUnsent,
		Append: func(dst []byte, body core.Body) ([]byte, error) {
			return codec.Transcode(dst, body, cbor.Codec, core.ReadOptions{Limits: limits, Binaries: p.spec.Binaries})
		},
		Check: func(data []byte) (bool, error) {
			n, strict, err := cbor.Scan(data, limits)
			if err == nil && n == len(data) {
				return strict, nil
			}
			body, err := codec.Whole(cbor.Codec, data, limits) // for the whole story
			if err != nil && fits(data) {
				err = &core.Error{Kind: core.KindUser, Class: "UnencodableValue",
					Message: "the result is beyond what a value may be: " + core.AsError(err).Message}
			}
			return body.Strict, err
		},
		Down: w.down,
		Warn: func(what string, err error) { w.output.log.Warn(what, "error", err) },
	}
}

// await waits for the worker's hello.
func (i *instance) await(ctx context.Context) error {
	select {
	case <-i.Ready():
		return nil
	case <-i.Done():
		return fmt.Errorf("start a worker of %s: %w", i.worker.name, i.Err())
	case <-ctx.Done():
		how := i.worker.end(0)
		return fmt.Errorf("start a worker of %s: no hello came: %w: %s", i.worker.name, context.Cause(ctx), how)
	}
}

// watch ends the link when the worker has exited, also when a child of it
// holds the socket open.
func (i *instance) watch() {
	<-i.worker.process.Done()
	i.Drain()
}

// down is the connection's: it ends the worker and returns what callers are told.
func (w *worker) down(reason error) error {
	patience, why := time.Duration(0), reason.Error()+": "
	if errors.Is(reason, link.ErrEnd) || errors.Is(reason, ernie.ErrEnd) {
		patience = exitWait
	}
	if reason == link.ErrEnd || reason == ernie.ErrEnd {
		why = ""
	}
	pid, how := w.process.Pid(), w.end(patience)
	return core.NewError(core.KindBroken, fmt.Sprintf("the worker of %s, process %d, has ended: %s%s", w.name, pid, why, how))
}

// Functions returns the worker's own list; false when it gave none.
func (i *instance) Functions() ([]string, bool) {
	list := i.Greeting().Functions
	return list, list != nil
}

// Concurrency returns how many calls the worker wishes for.
func (i *instance) Concurrency() int { return max(1, i.Greeting().Concurrency) }

// Pid returns the worker's process id.
func (i *instance) Pid() int { return i.worker.process.Pid() }

// Memory returns the worker's resident bytes.
func (i *instance) Memory() (int64, error) { return resident(i.Pid()) }

// Stop says bye and waits for the worker's exit.
func (i *instance) Stop(ctx context.Context) error {
	i.Bye()
	return i.worker.left(ctx)
}

// left waits for the worker to exit by itself.
func (w *worker) left(ctx context.Context) error {
	select {
	case <-w.process.Done():
		return nil
	case <-ctx.Done():
		return fmt.Errorf("the worker of %s, process %d, did not leave when told to: %w", w.name, w.process.Pid(), context.Cause(ctx))
	}
}

// Close kills the worker and waits until it and the link are gone.
func (i *instance) Close() error {
	i.Link.Close()
	i.worker.output.close()
	return nil
}

// deepest is how deep a value may be to count as a plugin's mistake and not as
// garbage.
const deepest = 1 << 16

// fits reports whether data are a CBOR value but for the limits on depth and
// number: then the plugin made too much of it, and the worker kept the protocol.
func fits(data []byte) bool {
	_, err := codec.Whole(cbor.Codec, data, core.Limits{Bytes: len(data), Depth: deepest, Elements: len(data)})
	return err == nil
}
