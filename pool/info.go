package pool

import (
	"slices"
	"time"

	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/core"
)

// Info is a pool at one moment.
type Info struct {
	Plugin    string
	State     string // idle, starting, serving, down
	Reason    string // why it is down
	High, Low int    // calls that wait
	Running   int
	Starting  int
	Max       int
	Counters  Counters
	Instances []InstanceInfo
}

// InstanceInfo is one instance at one moment.
type InstanceInfo struct {
	Number   uint64
	Pid      int    // 0 when it is no process
	State    string // idle, busy, retiring
	Calls    uint64 // that came back
	InFlight int
	Lingers  int   // calls whose callers have gone, but which it still works on
	Memory   int64 // resident bytes, 0 when not known
	Age      time.Duration
	Idle     time.Duration // 0 while busy
}

// Info returns what the pool does now. Reading the instances' memory takes
// system calls.
func (p *Pool) Info() Info {
	p.mu.Lock()
	info := Info{
		Plugin: p.name, State: p.state(), High: p.queue.high.len, Low: p.queue.low.len, Running: p.running.len,
		Starting: p.starting, Max: p.max(), Counters: p.counters,
	}
	if p.gate.reason != nil {
		info.Reason = p.gate.reason.Error()
	}
	procs := make(map[uint64]Process)
	for m := range p.members {
		info.Instances = append(info.Instances, m.info())
		if proc, ok := m.inst.(Process); ok {
			procs[m.number] = proc
		}
	}
	p.mu.Unlock()
	slices.SortFunc(info.Instances, func(a, b InstanceInfo) int { return int(a.Number) - int(b.Number) })
	for i := range info.Instances {
		in := &info.Instances[i]
		if proc := procs[in.Number]; proc != nil {
			in.Pid = proc.Pid()
			in.Memory, _ = proc.Memory() // 0 when it has just died
		}
	}
	return info
}

func (p *Pool) state() string {
	switch {
	case len(p.members) > 0:
		return "serving"
	case p.starting > 0:
		return "starting"
	case p.gate.reason != nil:
		return "down"
	}
	return "idle"
}

func (m *member) info() InstanceInfo {
	info := InstanceInfo{Number: m.number, State: "idle", Calls: m.done, InFlight: m.inFlight, Lingers: m.lingers, Age: time.Since(m.born)}
	switch {
	case m.retiring:
		info.State = "retiring"
	case m.load() > 0:
		info.State = "busy"
	default:
		info.Idle = time.Duration(core.Now() - m.idle)
	}
	return info
}

// Size returns how many instances there are or start.
func (p *Pool) Size() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.members) + p.starting
}

// Minimum returns how many instances are always kept.
func (p *Pool) Minimum() int { return p.spec.Workers.Min }

// Spec returns the settings the pool was made with.
func (p *Pool) Spec() config.Plugin { return p.spec }
