package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"

	"github.com/fondaco/fondaco/funcs"
	"github.com/fondaco/fondaco/wire/frame"
)

// concurrency is how many calls a worker wishes for at a time, when the
// configuration does not say.
const concurrency = 1024

// Main runs m as the plugin of this process, and exits: with status 0 when the
// host said bye, with 1 when m cannot be served, after printing why.
func Main(m *Module) {
	signal.Ignore(os.Interrupt)
	err := Serve(m)
	if errors.Is(err, io.EOF) {
		os.Exit(0)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Serve runs m as the plugin of this process. It returns nil after the host
// said bye and all calls were answered. It fails with io.EOF as soon as the
// host has gone, whatever still runs; the process must end then. Any other
// error says why m cannot be served.
func Serve(m *Module) error {
	fd, err := socket(os.Getenv("FONDACO_SOCKET"), os.Getenv("FONDACO_WIRE"))
	if err != nil {
		return err
	}
	if err := m.Err(); err != nil {
		return err
	}
	var config any
	if text := os.Getenv("FONDACO_CONFIG"); text != "" {
		if config, err = parseConfig(text); err != nil {
			return fmt.Errorf("FONDACO_CONFIG: %w", err)
		}
	}
	return serve(fd, m, funcs.Options{Plugin: os.Getenv("FONDACO_MODULE"), Config: config})
}

// serve is Serve on a connected stream socket, which it closes.
func serve(fd int, m *Module, options funcs.Options) error {
	w := newWorker(fd)
	defer w.close()
	w.instance = m.Instance(w, options)
	w.module = options.Plugin
	for _, name := range m.Functions() {
		w.paces[name] = &pace{name: name}
	}
	ctx := context.Background()
	if os.Getenv("FONDACO_INIT") != "" {
		if err := w.instance.Init(ctx); err != nil {
			return fmt.Errorf("init: %w", err)
		}
	}
	if err := w.instance.Start(ctx); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	w.out.append(func(buf []byte) []byte {
		return frame.AppendHello(buf, frame.Greeting{Version: frame.Version, Functions: m.Functions(), Guards: m.Guards(),
			Concurrency: concurrency, Language: strings.Replace(runtime.Version(), "go", "go ", 1)})
	})
	w.out.flush()
	w.mu.Lock()
	w.ready = true
	w.mu.Unlock()
	go w.watch()
	w.start(newInbox(nil), 0)
	if err := w.wait(); err != nil {
		return err
	}
	if err := w.instance.Stop(ctx); err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	return nil
}

// socket returns the descriptor that the host names.
func socket(where, wire string) (int, error) {
	if where == "" {
		return 0, errors.New("this program is a plugin for Fondaco, which has to start it: FONDACO_SOCKET is not set")
	}
	if wire != "" && wire != "fondaco" {
		return 0, fmt.Errorf("FONDACO_WIRE=%s: this plugin speaks fondaco only", wire)
	}
	number, ok := strings.CutPrefix(where, "fd:")
	fd, err := strconv.Atoi(number)
	if !ok || err != nil || fd < 0 {
		return 0, fmt.Errorf("FONDACO_SOCKET=%s: fd:N is expected", where)
	}
	return fd, prepare(fd)
}

// parseConfig reads a configuration with its integers as int64.
func parseConfig(text string) (any, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	return numbers(v), nil
}

func numbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		if i, err := v.Int64(); err == nil {
			return i
		}
		f, err := v.Float64()
		if err != nil {
			return math.NaN()
		}
		return f
	case []any:
		for i := range v {
			v[i] = numbers(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = numbers(v[key])
		}
	}
	return v
}
