package fondaco

import (
	"cmp"
	"os"
	"runtime/debug"

	"github.com/fondaco/fondaco/admin"
	"github.com/fondaco/fondaco/broker"
	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/pool"
)

// Info tells who the server is.
func (s *Server) Info() admin.ServerInfo {
	info := admin.ServerInfo{
		Pid: os.Getpid(), Version: Version(), Started: s.started, Config: s.file,
		Doors: make([]admin.DoorInfo, len(s.doors)),
	}
	for i, d := range s.doors {
		stats := d.Stats()
		info.Doors[i] = admin.DoorInfo{URL: d.URL(), Connections: stats.Open, Accepted: stats.Accepted, Requests: stats.Requests}
	}
	select {
	case <-s.ready:
		info.Ready = !s.draining.Load()
	default:
	}
	return info
}

// Version returns the version of Fondaco in this binary.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	return cmp.Or(info.Main.Version, "unknown")
}

// Modules tells what every module does now, in the order of their names.
func (s *Server) Modules() []admin.ModuleInfo {
	names := s.broker.Modules()
	infos := make([]admin.ModuleInfo, 0, len(names))
	for _, name := range names {
		state, ok := s.broker.State(name)
		if !ok {
			continue // removed meanwhile
		}
		infos = append(infos, s.moduleInfo(name, state))
	}
	return infos
}

func (s *Server) moduleInfo(name string, state broker.State) admin.ModuleInfo {
	info := admin.ModuleInfo{
		Module: name, Enabled: state.DisabledBy == "", DisabledBy: state.DisabledBy, Generation: state.Generation,
		Casts: state.Casts, LostCasts: state.LostCasts,
	}
	if !info.Enabled {
		info.Plugins = s.disabledPlugins(name)
	}
	for _, b := range state.Backends {
		var p admin.PluginInfo
		switch b := b.(type) {
		case *pool.Pool:
			p = poolInfo(b.Info())
			p.Runtime = choose(b.Spec())
		case *unavailable:
			p = admin.PluginInfo{Plugin: b.name, Runtime: choose(b.spec), State: "unavailable", Reason: b.err.Error()}
		}
		p.Generation = state.Generation
		info.Plugins = append(info.Plugins, p)
	}
	return info
}

// disabledPlugins lists the plugins that a disabled module would have.
func (s *Server) disabledPlugins(name string) []admin.PluginInfo {
	spec, _ := s.specs.Load(name)
	m, _ := spec.(config.Module)
	infos := make([]admin.PluginInfo, len(m.Plugins))
	for i, name := range names(m.Plugins) {
		infos[i] = admin.PluginInfo{Plugin: name, Runtime: choose(m.Plugins[i]), State: "disabled"}
	}
	return infos
}

func poolInfo(in pool.Info) admin.PluginInfo {
	c := in.Counters
	out := admin.PluginInfo{
		Plugin: in.Plugin, State: in.State, Reason: in.Reason, Queue: admin.QueueInfo{High: in.High, Low: in.Low},
		Running: in.Running, Max: in.Max, Calls: c.Calls, Errors: c.Errors, Refused: c.Refused, Expired: c.Expired,
		Canceled: c.Canceled, Deaths: c.Deaths,
	}
	for _, i := range in.Instances {
		out.Instances = append(out.Instances, admin.InstanceInfo{
			Pid: i.Pid, State: i.State, Calls: i.Calls, InFlight: i.InFlight, Lingering: i.Lingers, RSS: i.Memory, Age: i.Age.Seconds(),
		})
	}
	return out
}
