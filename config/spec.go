// Package config says what a server is made of: the specs that the YAML file,
// the command line and a user's own Go program are read into, with their
// defaults.
package config

import "time"

// Config is a whole server.
type Config struct {
	File    string // where it was read from; "" when it was made in Go
	Admin   Admin
	Log     Log
	Listen  []Door
	Modules []Module // in the order of the file
}

// Admin is where the server is steered from.
type Admin struct {
	URL   string // unix:///path, or http://host:port; "" is the default socket, "none" no admin at all
	Token string // what callers over TCP must bring
	// Explicit says that the URL was asked for, not defaulted.
	Explicit bool
}

// Log is what is written about the server's life.
type Log struct {
	Level  string // debug, info, warn or error
	Format string // text or json
	Access string // file for the access log; "" none
}

// Door is one place where connections are accepted.
type Door struct {
	URL        string        // bert://host:port, http://host:port
	Idle       time.Duration // a connection without a complete message that long is closed
	MaxMessage int64         // bytes of one message
	MaxConns   int           // connections at once
	Allow      []string      // functions that may be called, such as math.add or calc.*; nil: all
	Pos        Pos
}

// Module is a name that callers use, and the plugins tried for it in order.
type Module struct {
	Name    string
	Plugins []Plugin
	Pos     Pos
}

// Plugin is one entry of a module: exactly one of File, Command and Native is
// set. See docs/configuration.md for the keys.
type Plugin struct {
	Module  string // the module's name
	File    string // plugin: relative names are resolved against the configuration's folder
	Command string // command: a worker that brings its own program
	Runtime string // runtime; "" chooses by the file's extension
	Wire    string // wire: fondaco or ernie; "" is fondaco
	Where   string // where: inline or process; "" is the runtime's usual place
	State   string // state: pooled, request, connection; "" is pooled
	Code    string // code: cached, watch, each; "" is cached

	Interpreter string            // interpreter: the program that runs the file
	Env         map[string]string // env: added to the server's environment
	Dir         string            // cwd
	Config      any               // config: handed to the plugin: nil, bool, int64, float64, string, []any, map[string]any
	Binaries    bool              // binaries: bytes: texts that came as BERT binaries stay bytes

	Instances   int           // instances: embedded states; workers' Max for processes
	Workers     Workers       // workers
	Concurrency int           // concurrency: calls in flight per instance; 0: as the plugin wishes
	Timeout     time.Duration // timeout: queue + start + run; 0: none
	Queue       int           // queue: waiting calls before overloaded
	MaxWaiting  int           // max_waiting: calls of one instance that wait in nested calls
	MaxJobs     int           // max_jobs: recycle after so many calls; 0: never
	MaxAge      time.Duration // max_age: recycle after that time; 0: never
	MaxMemory   int64         // max_memory: recycle above so many resident bytes; 0: never
	Restart     Restart       // restart
	LowShare    int           // priority.low_share: after so many high calls a waiting low one runs

	Native any // a native module's functions, from Go only; see runtime/native
	Pos    Pos
}

// Workers bounds the instances of a pool.
type Workers struct {
	Min, Max int
	Idle     time.Duration // above Min, one that idles that long ends
}

// Restart limits how often instances may die before their first completed
// call.
type Restart struct {
	Burst  int
	Within time.Duration
}

// Pos is a place in a configuration file. Line and Column count from 1; the
// zero Pos means "not from a file".
type Pos struct{ Line, Column int }
