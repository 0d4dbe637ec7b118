package config

import (
	"runtime"
	"time"
)

// The defaults of docs/configuration.md.
const (
	DefaultTimeout    = 60 * time.Second
	DefaultIdle       = 60 * time.Second
	DefaultDoorIdle   = 30 * time.Second
	DefaultQueue      = 1000
	DefaultMaxWaiting = 10000
	DefaultLowShare   = 16
	DefaultMaxMessage = 16 << 20
	DefaultMaxConns   = 10000
)

// DefaultPlugin returns a plugin's settings where the configuration says
// nothing.
func DefaultPlugin() Plugin {
	return Plugin{
		Workers:    Workers{Max: 2 * runtime.NumCPU(), Idle: DefaultIdle},
		Timeout:    DefaultTimeout,
		Queue:      DefaultQueue,
		MaxWaiting: DefaultMaxWaiting,
		Restart:    Restart{Burst: 5, Within: 30 * time.Second},
		LowShare:   DefaultLowShare,
	}
}

// DefaultDoor returns a door's settings where the configuration says nothing.
func DefaultDoor(url string) Door {
	return Door{URL: url, Idle: DefaultDoorIdle, MaxMessage: DefaultMaxMessage, MaxConns: DefaultMaxConns}
}

// DefaultDoors returns the doors of a server that names none: BERT-RPC on port
// 8000 and HTTP on port 8080, for this machine only.
func DefaultDoors() []Door {
	return []Door{DefaultDoor("bert://127.0.0.1:8000"), DefaultDoor("http://127.0.0.1:8080")}
}

// DefaultLog returns what is logged where the configuration says nothing.
func DefaultLog() Log { return Log{Level: "info", Format: "text"} }
