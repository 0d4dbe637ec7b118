package admin

import (
	"context"
	"time"
)

// Modules is what the API needs of the modules of a server. Errors are told to
// the caller with their kind; an unknown module is core.ErrNoModule.
type Modules interface {
	// Modules tells what every module does now, in the order of their names.
	Modules() []ModuleInfo
	// Reload returns once the new generation serves; on an error the old one
	// goes on.
	Reload(ctx context.Context, module string) error
	// SetEnabled puts a module in service or takes it out. who is told to the
	// callers of a disabled module.
	SetEnabled(ctx context.Context, module string, enabled bool, who string) error
}

// Process is what the API needs of the server as a whole.
type Process interface {
	// Info tells who the server is.
	Info() ServerInfo
	// ReloadConfig reads the configuration file again. On an error the server
	// stays as it is.
	ReloadConfig(ctx context.Context) error
	// Halt begins to drain, and returns at once.
	Halt()
}

// Server is the server that the API steers. Its methods are called by many
// goroutines at a time.
type Server interface {
	Modules
	Process
}

// ModuleInfo is a module at one moment.
type ModuleInfo struct {
	Module     string       `json:"module"`
	Enabled    bool         `json:"enabled"`
	DisabledBy string       `json:"disabled_by,omitempty"`
	Generation uint64       `json:"generation"`           // 0 while disabled
	Casts      int64        `json:"casts,omitempty"`      // that wait or run
	LostCasts  uint64       `json:"lost_casts,omitempty"` // that failed or were refused
	Plugins    []PluginInfo `json:"plugins"`              // in the order they are tried
}

// PluginInfo is one plugin of a module, with its pool.
type PluginInfo struct {
	Plugin     string         `json:"plugin"` // as in messages: the shortest end of its path that tells it from the module's others, or the command
	Runtime    string         `json:"runtime"`
	Generation uint64         `json:"generation"`
	State      string         `json:"state"`            // idle, starting, serving, down or unavailable
	Reason     string         `json:"reason,omitempty"` // why it is down or unavailable
	Queue      QueueInfo      `json:"queue"`
	Running    int            `json:"running"`
	Max        int            `json:"max"`      // instances at most
	Calls      uint64         `json:"calls"`    // that came back
	Errors     uint64         `json:"errors"`   // of those, that failed
	Refused    uint64         `json:"refused"`  // overloaded, unavailable
	Expired    uint64         `json:"expired"`  // timeouts, in queue or run
	Canceled   uint64         `json:"canceled"` // callers that went away
	Deaths     uint64         `json:"deaths"`   // instances that ended on their own
	Instances  []InstanceInfo `json:"instances"`
}

// QueueInfo counts the calls that wait.
type QueueInfo struct {
	High int `json:"high"`
	Low  int `json:"low"`
}

// InstanceInfo is one instance of a plugin.
type InstanceInfo struct {
	Pid       int     `json:"pid"`   // 0 when it is no process
	State     string  `json:"state"` // idle, busy or retiring
	Calls     uint64  `json:"calls"`
	InFlight  int     `json:"in_flight"`
	Lingering int     `json:"lingering,omitempty"` // calls whose callers have gone, but which it still works on
	RSS       int64   `json:"rss,omitempty"`       // resident bytes, 0 when not known
	Age       float64 `json:"age"`                 // seconds
}

// ServerInfo is the server as a whole.
type ServerInfo struct {
	Pid     int        `json:"pid"`
	Version string     `json:"version"`
	Started time.Time  `json:"started"`
	Ready   bool       `json:"ready"`            // the doors accept connections
	Config  string     `json:"config,omitempty"` // the configuration file
	Doors   []DoorInfo `json:"doors"`
}

// DoorInfo is one front door.
type DoorInfo struct {
	URL         string `json:"url"`         // with the port it got
	Connections int64  `json:"connections"` // open now
	Accepted    uint64 `json:"accepted"`    // since the start
	Requests    uint64 `json:"requests"`
}

// Stats is all there is to know at one moment.
type Stats struct {
	Server  ServerInfo   `json:"server"`
	Modules []ModuleInfo `json:"modules"`
}
