package main

import (
	"context"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/fondaco/fondaco/client"
	"github.com/fondaco/fondaco/core"
)

// benchCmd is fondaco bench.
type benchCmd struct {
	Number      *int          `short:"n" placeholder:"N" help:"Calls to make. Default: as many as --duration has room for."`
	Duration    time.Duration `short:"d" default:"5s" placeholder:"TIME" help:"How long to call, unless -n says how often (default: ${default})."`
	Concurrency int           `short:"c" default:"8" placeholder:"N" help:"Calls at a time, each on a connection of its own (default: ${default})." hint:"here -c is the concurrency, and --config names the configuration"`
	Fresh       bool          `help:"Make a new connection for every call, as BERT-RPC clients of old do."`
	JSON        bool          `name:"json" help:"Print the result as JSON."`
	Function    string        `arg:"" placeholder:"MODULE.FUNCTION" help:"What to call, such as math.add."`
	Args        []string      `arg:"" optional:"" placeholder:"ARGUMENT" help:"Its arguments, as for call."`
	To          string        `placeholder:"URL" help:"A door of the server. Default: the running server's."`
	Config      string        `placeholder:"FILE" help:"Find the server by its configuration; -c is the concurrency here."`
	Admin       string        `placeholder:"URL" help:"Find the server by its admin URL."`
}

// grace is how long the calls in flight may take when the time is up.
const grace = 10 * time.Second

// maxConcurrency bounds the connections of a benchmark.
const maxConcurrency = 10_000

// Help is the rest of the command's help.
func (*benchCmd) Help() string {
	return `Connections are kept, and opened before the clock starts with one call each. Calls that fail are counted, the first error is printed,
and the exit code is 1, also when all fail.

` + argumentHelp + `

Examples:

    fondaco bench math.add 1 2
    fondaco bench -n 100000 -c 64 --json --to bert://127.0.0.1:8000 math.add 1 2`
}

// benchResult is what a benchmark found out. Latencies are in microseconds.
type benchResult struct {
	URL         string  `json:"url"`
	Function    string  `json:"function"`
	Concurrency int     `json:"concurrency"`
	Calls       uint64  `json:"calls"`
	Errors      uint64  `json:"errors"`
	Seconds     float64 `json:"seconds"`
	PerSecond   float64 `json:"rps"`
	P50         float64 `json:"p50_us"`
	P90         float64 `json:"p90_us"`
	P99         float64 `json:"p99_us"`
	Max         float64 `json:"max_us"`
}

// Run makes the calls and prints how fast they were.
func (c *benchCmd) Run() error {
	if c.Concurrency < 1 || c.Concurrency > maxConcurrency || c.Number != nil && *c.Number < 1 || c.Duration <= 0 {
		return usageError{fmt.Errorf("bench takes -c from 1 to %d, -n from 1, and -d above 0", maxConcurrency)}
	}
	t := target{Function: c.Function, Args: c.Args, To: c.To, finder: finder{Config: c.Config, Admin: c.Admin}}
	module, function, err := t.names()
	if err != nil {
		return err
	}
	args, err := t.body()
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	url, err := t.url(ctx)
	if err != nil {
		return err
	}
	b := &bench{url: url, module: module, function: function, args: args, counted: c.Number != nil, fresh: c.Fresh}
	if b.counted {
		b.left.Store(int64(*c.Number))
	}
	defer b.close()
	if err := b.open(ctx, c.Concurrency); err != nil {
		return err
	}
	if !b.counted {
		var cancel func()
		b.end = time.Now().Add(c.Duration)
		ctx, cancel = context.WithTimeout(ctx, c.Duration+grace)
		defer cancel()
	}
	var took time.Duration
	if b.first == nil {
		took = b.run(ctx)
	}
	if err := c.print(b.result(took)); err != nil {
		return err
	}
	return reply(b.first)
}

func (c *benchCmd) print(r benchResult) error {
	r.Function, r.Concurrency = c.Function, c.Concurrency
	if c.JSON {
		return stdjson.NewEncoder(os.Stdout).Encode(r)
	}
	_, err := fmt.Printf("%s at %s, %d at a time\n%d calls in %.2fs, %d errors: %.0f calls/s\np50 %.0fus  p90 %.0fus  p99 %.0fus  max %.0fus\n",
		r.Function, r.URL, r.Concurrency, r.Calls, r.Seconds, r.Errors, r.PerSecond, r.P50, r.P90, r.P99, r.Max)
	return err
}

// bench is one run.
type bench struct {
	url, module, function string
	args                  core.Body
	fresh, counted        bool
	left                  atomic.Int64 // calls still to make, when they are counted
	end                   time.Time    // no call begins later, when they are not
	clients               []*client.Client
	calls, errors         atomic.Uint64

	mu    sync.Mutex
	times histogram
	first error
}

// open makes the connections, with a call on each. Errors that the server
// replies are left to the calls that count; when no server replies, that is the
// benchmark's only call.
func (b *bench) open(ctx context.Context, n int) error {
	var opts []client.Option
	if b.fresh {
		opts = append(opts, client.Fresh())
	}
	for range n {
		c, err := client.New(b.url, opts...)
		if err != nil {
			return usageError{err}
		}
		b.clients = append(b.clients, c)
		_, err = c.Call(ctx, b.module, b.function, b.args)
		var none *client.NoReplyError
		switch {
		case !errors.As(err, &none):
		case errors.Is(err, core.ErrCanceled):
			return err
		default:
			b.first = err
			b.calls.Add(1)
			b.errors.Add(1)
			return nil
		}
	}
	return nil
}

func (b *bench) close() {
	for _, c := range b.clients {
		_ = c.Close() // nothing is under way
	}
}

// run makes the calls, and shows on a terminal how far it is.
func (b *bench) run(ctx context.Context) time.Duration {
	start := time.Now()
	var wg sync.WaitGroup
	for _, c := range b.clients {
		wg.Go(func() { b.work(ctx, c) })
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	const beat = 500 * time.Millisecond
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for show := isTerminal(os.Stderr); ; {
		select {
		case <-done:
			if show {
				fmt.Fprint(os.Stderr, "\r\x1b[K")
			}
			return time.Since(start)
		case <-tick.C:
			if show {
				n := b.calls.Load()
				fmt.Fprintf(os.Stderr, "\r\x1b[K%d calls, %.0f calls/s", n, float64(n)/time.Since(start).Seconds())
			}
		}
	}
}

// work makes calls on one connection.
func (b *bench) work(ctx context.Context, c *client.Client) {
	var times histogram
	var first error
	for ctx.Err() == nil {
		start := time.Now()
		if b.counted && b.left.Add(-1) < 0 || !b.counted && start.After(b.end) {
			break
		}
		_, err := c.Call(ctx, b.module, b.function, b.args)
		if errors.Is(err, core.ErrCanceled) {
			break // the user's doing, which says nothing of the server
		}
		times.add(time.Since(start))
		b.calls.Add(1)
		if err == nil {
			continue
		}
		b.errors.Add(1)
		if first == nil {
			first = err
		}
		if errors.Is(err, core.ErrUnavailable) {
			break // nobody there: the rest would only spin
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.times.merge(&times)
	if b.first == nil {
		b.first = first
	}
}

func (b *bench) result(took time.Duration) benchResult {
	rate := 0.0
	us := func(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
	n := b.calls.Load()
	if took > 0 {
		rate = float64(n) / took.Seconds()
	}
	return benchResult{
		URL: b.url, Calls: n, Errors: b.errors.Load(), Seconds: took.Seconds(), PerSecond: rate,
		P50: us(b.times.quantile(0.50)), P90: us(b.times.quantile(0.90)), P99: us(b.times.quantile(0.99)), Max: us(b.times.max),
	}
}
