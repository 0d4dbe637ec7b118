package fondaco

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"

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
	name    string
	runtime string
	err     error
}

// Handle answers every request with the reason.
func (u *unavailable) Handle(context.Context, *core.Request) (core.Body, error) {
	return core.Body{}, &core.Error{Kind: core.KindUnavailable, Message: u.name + " cannot be loaded", Err: u.err}
}

// Close has nothing to free.
func (u *unavailable) Close(context.Context) error { return nil }

// nameOf is how a plugin is called in messages.
func nameOf(spec config.Plugin) string {
	switch {
	case spec.File != "":
		return filepath.Base(spec.File)
	case spec.Command != "":
		return spec.Command
	}
	return "native"
}

// load makes the backend of one plugin; nothing of it runs yet.
func (s *Server) load(spec config.Plugin) (broker.Backend, error) {
	runtime := s.runtimes[choose(spec)]
	if runtime == nil {
		return nil, fmt.Errorf("there is no runtime %q", spec.Runtime)
	}
	plugin, err := runtime.Load(s.halted, spec)
	if err != nil {
		return nil, err
	}
	return pool.New(nameOf(spec), spec, plugin, s.broker, s.clock, s.log), nil
}

// install puts a module in service at start, whatever of it can be loaded.
func (s *Server) install(spec config.Module) {
	s.mu.Lock()
	defer s.mu.Unlock()
	backends := make([]broker.Backend, len(spec.Plugins))
	for i, p := range spec.Plugins {
		backends[i] = s.loadOrNot(p)
	}
	s.put(spec, backends)
}

func (s *Server) loadOrNot(spec config.Plugin) broker.Backend {
	b, err := s.load(spec)
	if err == nil {
		return b
	}
	s.log.Error("plugin unavailable", "module", spec.Module, "plugin", nameOf(spec), "error", err)
	return &unavailable{nameOf(spec), choose(spec), err}
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

// Reload loads the module's plugins again and starts them; when all are up
// they take over, and the old ones finish what they have. When one fails, the
// old ones go on serving.
func (s *Server) Reload(ctx context.Context, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.modules[name]
	if m == nil {
		return s.noModule(name)
	}
	return s.renew(ctx, m.spec)
}

func (s *Server) noModule(name string) error {
	return core.NewError(core.KindNoModule, fmt.Sprintf("there is no module %q; there are: %s",
		name, strings.Join(s.broker.Modules(), ", ")))
}

// renew puts the next generation of a module in service once it is up.
func (s *Server) renew(ctx context.Context, spec config.Module) error {
	old, _ := s.broker.State(spec.Name)
	backends := make([]broker.Backend, 0, len(spec.Plugins))
	for i, p := range spec.Plugins {
		b, err := s.prepare(ctx, p, i, old.Backends)
		if err != nil {
			return errors.Join(fmt.Errorf("module %s stays as it is: %w", spec.Name, err), closeAll(backends))
		}
		backends = append(backends, b)
	}
	s.put(spec, backends)
	return nil
}

// prepare loads one plugin of a next generation and starts as many instances as
// its predecessor has, at least one.
func (s *Server) prepare(ctx context.Context, spec config.Plugin, i int, old []broker.Backend) (broker.Backend, error) {
	n := 1
	if i < len(old) {
		switch o := old[i].(type) {
		case *unavailable:
			if o.name == nameOf(spec) {
				return s.loadOrNot(spec), nil
			}
		case *pool.Pool:
			n = max(n, o.Size())
		}
	}
	b, err := s.load(spec)
	if err != nil {
		return nil, err
	}
	if p, ok := b.(*pool.Pool); ok {
		if err := p.Warm(ctx, max(n, p.Minimum())); err != nil {
			return nil, errors.Join(err, closeAll([]broker.Backend{p}))
		}
	}
	return b, nil
}

func closeAll(backends []broker.Backend) error {
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // nobody uses them: they end at once
	errs := make([]error, 0, len(backends))
	for _, b := range backends {
		errs = append(errs, b.Close(ctx))
	}
	return errors.Join(errs...)
}

// ReloadConfig reads the configuration file again, if there is one, and renews
// every module. Modules that fail stay as they are; so does everything when
// the file is wrong. Doors are not changed.
func (s *Server) ReloadConfig(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := s.cfg
	if s.cfg.File != "" {
		var err error
		if next, err = config.Load(s.cfg.File); err != nil {
			return fmt.Errorf("nothing is changed: %w", err)
		}
	}
	if !reflect.DeepEqual(next.Listen, s.cfg.Listen) {
		s.log.Warn("listen has changed: restart the server to open other doors")
	}
	var errs []error
	named := make(map[string]bool)
	for _, m := range next.Modules {
		named[m.Name] = true
		if state, known := s.broker.State(m.Name); known && state.DisabledBy != "" {
			s.modules[m.Name].spec = m
			s.specs.Store(m.Name, m)
			continue
		}
		errs = append(errs, s.renew(ctx, m))
	}
	for name := range s.modules {
		if !named[name] {
			delete(s.modules, name)
			s.specs.Delete(name)
			s.broker.Remove(name)
		}
	}
	s.cfg = next
	return errors.Join(errs...)
}

// SetEnabled takes the module out of service or brings it back. Out of
// service, calls in flight finish, later ones are told that who did it, and
// nothing starts its plugins. Back in service, its plugins' code is what it is
// then. Nothing happens when it is so already.
func (s *Server) SetEnabled(ctx context.Context, name string, enabled bool, who string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.modules[name]
	if m == nil {
		return s.noModule(name)
	}
	state, _ := s.broker.State(name)
	if enabled == (state.DisabledBy == "") {
		return nil
	}
	if enabled {
		return s.renew(ctx, m.spec)
	}
	s.log.Info("module disabled", "module", name, "by", who)
	return s.broker.Disable(name, who)
}

// Problems tells which plugins could not be loaded, and why.
func (s *Server) Problems() []error {
	var errs []error
	for _, name := range s.broker.Modules() {
		state, _ := s.broker.State(name)
		for _, b := range state.Backends {
			if u, ok := b.(*unavailable); ok {
				errs = append(errs, fmt.Errorf("module %s: %s: %w", name, u.name, u.err))
			}
		}
	}
	return errs
}
