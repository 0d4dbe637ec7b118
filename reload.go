package fondaco

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/fondaco/fondaco/broker"
	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/pool"
)

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
	backends, err := s.raise(ctx, spec)
	if err == nil {
		s.put(spec, backends)
	}
	return err
}

// renewing bounds the modules that a reload of all prepares at a time.
const renewing = 8

// renewAll renews modules side by side, so that one that hangs in its start
// does not hold up the others, and returns what went wrong.
func (s *Server) renewAll(ctx context.Context, specs []config.Module) error {
	raised := make([][]broker.Backend, len(specs))
	errs := make([]error, len(specs))
	places := make(chan struct{}, renewing)
	var all sync.WaitGroup
	for i, spec := range specs {
		places <- struct{}{}
		all.Go(func() {
			raised[i], errs[i] = s.raise(ctx, spec)
			<-places
		})
	}
	all.Wait()
	for i, spec := range specs {
		if errs[i] == nil {
			s.put(spec, raised[i])
		}
	}
	return errors.Join(errs...)
}

// raise makes the next generation of a module and starts it; the one in
// service is not touched.
func (s *Server) raise(ctx context.Context, spec config.Module) ([]broker.Backend, error) {
	old, _ := s.broker.State(spec.Name)
	backends := make([]broker.Backend, 0, len(spec.Plugins))
	for i, name := range names(spec.Plugins) {
		var before broker.Backend
		if i < len(old.Backends) {
			before = old.Backends[i]
		}
		b, err := s.prepare(ctx, name, spec.Plugins[i], before)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("module %s stays as it is: %w", spec.Name, err), closeAll(backends))
		}
		backends = append(backends, b)
	}
	return backends, nil
}

// prepare loads one plugin of a next generation and starts as many instances as
// before, which is in its place now, has; at least one. A plugin that could not
// be loaded before holds nothing up when it still cannot.
func (s *Server) prepare(ctx context.Context, name string, spec config.Plugin, before broker.Backend) (broker.Backend, error) {
	n := 1
	switch o := before.(type) {
	case *unavailable:
		if o.spec.File == spec.File && o.spec.Command == spec.Command {
			return s.loadOrNot(name, spec), nil
		}
	case *pool.Pool:
		n = max(n, o.Size())
	}
	b, err := s.load(name, spec)
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
// the file is wrong. Doors, admin and log are not changed, which is logged
// where the file wants it.
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
	for _, key := range fixed(s.cfg, next) {
		s.log.Warn("a key has changed that a reload does not change: restart the server", "key", key)
	}
	var renewed []config.Module
	named := make(map[string]bool)
	for _, m := range next.Modules {
		named[m.Name] = true
		if state, known := s.broker.State(m.Name); known && state.DisabledBy != "" {
			s.modules[m.Name].spec = m
			s.specs.Store(m.Name, m)
			continue
		}
		renewed = append(renewed, m)
	}
	err := s.renewAll(ctx, renewed)
	for name := range s.modules {
		if !named[name] {
			delete(s.modules, name)
			s.specs.Delete(name)
			s.broker.Remove(name)
		}
	}
	s.cfg = next
	return err
}

// fixed lists the keys that differ and that only a restart changes.
func fixed(old, next *config.Config) []string {
	var keys []string
	same := func(a, b config.Door) bool {
		a.Pos, b.Pos = config.Pos{}, config.Pos{}
		return reflect.DeepEqual(a, b)
	}
	if !slices.EqualFunc(old.Listen, next.Listen, same) {
		keys = append(keys, "listen")
	}
	if old.Admin != next.Admin {
		keys = append(keys, "admin")
	}
	if old.Log != next.Log {
		keys = append(keys, "log")
	}
	return keys
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
