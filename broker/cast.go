package broker

import (
	"fmt"

	"github.com/fondaco/fondaco/core"
)

// MaxCasts bounds the casts of one module that wait or run.
const MaxCasts = 10000

// cast takes req on and returns: inside, a cast is a call whose answer nobody
// reads, so that its end, a hang and a drain are known. It fails only when too
// many casts of the module are under way; that is
// counted, and what becomes of the others is logged and counted.
func (b *Broker) cast(m *module, req *core.Request) error {
	if m.casts.Add(1) > MaxCasts {
		m.casts.Add(-1)
		m.lost.Add(1)
		return core.NewError(core.KindOverloaded, fmt.Sprintf("module %s has %d casts under way already", m.name, MaxCasts))
	}
	kept := &core.Request{
		Kind: core.Call, Priority: req.Priority, Guard: req.Guard, Module: req.Module, Function: req.Function,
		Args: req.Args.Clone(), Channel: req.Channel, Caller: req.Caller,
	}
	if req.Parent == nil { // a plugin's cast outlives the call it was made in
		kept.Deadline = req.Deadline
	}
	b.casts.Add(1)
	go func() {
		defer b.casts.Done()
		defer m.casts.Add(-1)
		if _, err := b.Handle(b.life, kept); err != nil {
			m.lost.Add(1)
			b.strangers.Warn("cast failed", "module", kept.Module, "function", kept.Function,
				"generation", kept.Served.Generation, "error", err)
		}
	}()
	return nil
}
