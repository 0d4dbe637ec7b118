package broker

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/fondaco/fondaco/core"
)

// module is one name in the table. It stays the same across generations.
type module struct {
	name    string
	current atomic.Pointer[generation] // nil while disabled
	off     atomic.Pointer[disabled]   // why it is disabled
	casts   atomic.Int64               // casts that wait or run
	lost    atomic.Uint64              // casts that failed or were refused
}

// disabled tells who took a module out of service, and when.
type disabled struct {
	by string
	at time.Time
}

// enter returns the generation in service, counted in.
func (m *module) enter() (*generation, error) {
	for {
		g := m.current.Load()
		if g == nil {
			return nil, m.unavailable()
		}
		if g.enter() {
			return g, nil
		}
	}
}

func (m *module) unavailable() error {
	text := "module " + m.name + " is out of service"
	if d := m.off.Load(); d != nil {
		text = fmt.Sprintf("module %s was disabled by %s at %s; `fondaco enable %s` brings it back",
			m.name, d.by, d.at.Format(time.RFC3339), m.name)
	}
	return core.NewError(core.KindUnavailable, text)
}
