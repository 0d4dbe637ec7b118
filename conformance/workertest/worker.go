package workertest

import (
	"os/exec"
	"slices"
	"testing"
)

// Worker describes the worker under test, and where its language cannot do
// what others can.
type Worker struct {
	// Command returns a command, not yet started, that runs the plugin kit. The
	// kit adds the variables of the protocol to its environment and the socket
	// as descriptor 3; the command's own ExtraFiles follow from 4 on.
	Command func(t testing.TB) *exec.Cmd
	// Without names functions of the plugin kit that this language leaves out.
	// What needs one of them is skipped.
	Without []string
	// Through returns what the language makes of a value: 1 for 1.0, where
	// there is only one kind of number. Of a container it gets the elements
	// first. nil: every value stays what it is.
	Through func(v any) any
	// Lossy names vectors whose value the language cannot keep: maps with
	// lists as keys, say. They must be answered, with whatever it is.
	Lossy []string
	// ExitEnds says that leave() ends the process, because the language has
	// no way to stop that.
	ExitEnds bool
	// Parallel says that the worker runs several calls at once and need not
	// answer in order.
	Parallel bool
}

// Run holds all conversations with the worker, each a subtest with a process
// of its own.
func Run(t *testing.T, w Worker) {
	for _, group := range [][]conversation{basics, values, failures, lives, nested, streams, framing} {
		for _, c := range group {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				w.need(t, c.needs...)
				c.talk(t, w)
			})
		}
	}
}

// conversation is one property of a worker and the functions of the plugin it
// takes to show it.
type conversation struct {
	name  string
	needs []string
	talk  func(t *testing.T, w Worker)
}

// need skips the test when the worker's plugin leaves one of functions out.
func (w Worker) need(t *testing.T, functions ...string) {
	t.Helper()
	for _, f := range functions {
		if w.lacks(f) {
			t.Skipf("the plugin has no function %s in this language", f)
		}
	}
}

// lacks reports whether the plugin leaves the function out.
func (w Worker) lacks(function string) bool {
	return slices.Contains(w.Without, function)
}

// through returns what the worker's language makes of v: first of the values
// in it, then of itself.
func (w Worker) through(v any) any {
	if w.Through == nil {
		return v
	}
	switch c := v.(type) {
	case []any:
		v = w.throughAll(c)
	case Tuple:
		v = Tuple(w.throughAll(c))
	case Map:
		m := make(Map, len(c))
		for i, p := range c {
			m[i] = Pair{w.through(p.Key), w.through(p.Value)}
		}
		v = m
	}
	return w.Through(v)
}

// throughAll is through for each of values.
func (w Worker) throughAll(values []any) []any {
	all := make([]any, len(values))
	for i, v := range values {
		all[i] = w.through(v)
	}
	return all
}
