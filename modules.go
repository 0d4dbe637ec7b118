package fondaco

import (
	"context"
	"fmt"

	"github.com/fondaco/fondaco/broker"
	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/pool"
)

// module is what the server knows of a module besides its backends.
type module struct {
	spec   config.Module
	number uint64 // of the newest generation
}

// unavailable stands in for a plugin that could not be loaded.
type unavailable struct {
	name string
	spec config.Plugin
	err  error
}

// Handle answers every request with the reason.
func (u *unavailable) Handle(context.Context, *core.Request) (core.Body, error) {
	return core.Body{}, &core.Error{Kind: core.KindUnavailable, Message: u.name + " cannot be loaded: " + why(u.err)}
}

// Close has nothing to free.
func (u *unavailable) Close(context.Context) error { return nil }

// load makes the backend of a plugin, which has that name in messages; nothing
// of it runs yet.
func (s *Server) load(name string, spec config.Plugin) (broker.Backend, error) {
	runtime := s.runtimes[choose(spec)]
	if runtime == nil {
		return nil, fmt.Errorf("there is no runtime %q", spec.Runtime)
	}
	plugin, err := runtime.Load(s.halted, spec)
	if err != nil {
		return nil, err
	}
	return pool.New(name, spec, plugin, s.broker, s.clock, s.log), nil
}

// install puts a module in service at start, whatever of it can be loaded.
func (s *Server) install(spec config.Module) {
	s.mu.Lock()
	defer s.mu.Unlock()
	backends := make([]broker.Backend, len(spec.Plugins))
	for i, name := range names(spec.Plugins) {
		backends[i] = s.loadOrNot(name, spec.Plugins[i])
	}
	s.put(spec, backends)
}

func (s *Server) loadOrNot(name string, spec config.Plugin) broker.Backend {
	b, err := s.load(name, spec)
	if err == nil {
		return b
	}
	s.log.Error("plugin unavailable", "module", spec.Module, "plugin", name, "error", err)
	return &unavailable{name, spec, err}
}

// put makes backends the module's next generation.
func (s *Server) put(spec config.Module, backends []broker.Backend) {
	m := s.modules[spec.Name]
	if m == nil {
		m = &module{}
		s.modules[spec.Name] = m
	}
	m.spec = spec
	s.specs.Store(spec.Name, spec)
	m.number++
	s.broker.Set(spec.Name, m.number, backends)
	if m.number > 1 {
		s.log.Info("module in service", "module", spec.Name, "generation", m.number)
	}
}
