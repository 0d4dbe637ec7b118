package lua

import (
	"context"
	"time"
)

// brake stops running code. It is the context of the state and of all its
// coroutines: the engine asks Done before every instruction, so Done must cost
// next to nothing. It answers a nil channel, which a select never chooses,
// until the lane that runs is stopped.
type brake struct {
	lane *lane // that has the turn
}

// stop is why a lane was stopped.
type stop struct {
	cause error
	done  chan struct{} // closed
}

var _ context.Context = (*brake)(nil)

// Done implements context.Context.
func (b *brake) Done() <-chan struct{} {
	if b.lane == nil {
		return nil
	}
	if s := b.lane.stopped.Load(); s != nil {
		return s.done
	}
	return nil
}

// Err implements context.Context.
func (b *brake) Err() error {
	if b.lane == nil {
		return nil
	}
	return b.lane.cause()
}

// Deadline implements context.Context: the pool keeps the deadlines.
func (b *brake) Deadline() (time.Time, bool) { return time.Time{}, false }

// Value implements context.Context.
func (b *brake) Value(any) any { return nil }
