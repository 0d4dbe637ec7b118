package funcs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/fondaco/fondaco/core"
)

// maxGenerated bounds the list that an iterator's values become.
const maxGenerated = 1 << 20

// Input iterates over the chunks that the caller streams in; a chunk is valid
// until the next one. There are none when the caller streams nothing. An error
// is the last thing it yields.
func Input(ctx context.Context) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		req := RequestFrom(ctx)
		if req == nil || req.In == nil {
			return
		}
		for {
			chunk, err := req.In.Next(ctx)
			if errors.Is(err, io.EOF) {
				return
			}
			if !yield(chunk, err) || err != nil {
				return
			}
		}
	}
}

// Output sends data out to the caller, in chunks of at most core.MaxChunk. It
// fails when the caller takes no stream.
func Output(ctx context.Context, data []byte) error {
	req := RequestFrom(ctx)
	if req == nil || req.Out == nil {
		return errors.New("the caller takes no stream")
	}
	for len(data) > 0 {
		n := min(len(data), core.MaxChunk)
		if err := req.Out.Send(ctx, data[:n]); err != nil {
			return err
		}
		data = data[n:]
	}
	return nil
}

// drain takes all values from an iterator that a function returned, into the
// caller's stream when it takes one, else into a list. Other results stay.
func drain(ctx context.Context, req *core.Request, result any) (any, error) {
	switch seq := result.(type) {
	case iter.Seq[[]byte]:
		return collect(ctx, req, seq, func(b []byte) []byte { return b })
	case iter.Seq[string]:
		return collect(ctx, req, seq, func(s string) []byte { return []byte(s) })
	}
	return result, nil
}

func collect[T any](ctx context.Context, req *core.Request, seq iter.Seq[T], bytes func(T) []byte) (any, error) {
	list := []any{}
	for v := range seq {
		if req.Out != nil {
			if err := Output(ctx, bytes(v)); err != nil {
				return nil, err
			}
			continue
		}
		if len(list) == maxGenerated {
			return nil, fmt.Errorf("an iterator of more than %d values is not a list; take it as a stream", maxGenerated)
		}
		list = append(list, v)
	}
	if req.Out != nil {
		return nil, nil
	}
	return list, nil
}
