package core

import "context"

// Kind says what a request expects.
type Kind uint8

// The kinds of request.
const (
	Call  Kind = iota // waits for the result
	Cast              // acknowledged before the work; the result is dropped
	Event             // something that happened to a channel
)

// Priority chooses the queue a request waits in.
type Priority uint8

// The priorities. High is the default.
const (
	High Priority = iota
	Low
)

// Handler answers a request. Broker, pool, instance, remote node, access
// control: all are Handlers.
//
// Handle is safe for concurrent use. It borrows req, req.Args included, until
// it returns; whoever keeps any of it longer clones it. The Body it returns
// belongs to the caller and never aliases the memory of an instance; it may
// stand in req.Reply.
//
// Errors are *Error values, or wrap one: errors.Is against the Err…
// sentinels tells their kind. ErrNoFunction means "not mine, try the next":
// only the dispatch of the instance itself may raise it. ErrBroken from an
// instance means "do not use me again".
type Handler interface {
	Handle(ctx context.Context, req *Request) (Body, error)
}

// HandlerFunc is a function as a Handler.
type HandlerFunc func(ctx context.Context, req *Request) (Body, error)

// Handle calls f.
func (f HandlerFunc) Handle(ctx context.Context, req *Request) (Body, error) { return f(ctx, req) }

// Request is one call, cast or event on its way to a plugin. It is owned by
// the goroutine that handles it and must not be reused before Handle returned.
type Request struct {
	Kind     Kind
	Priority Priority
	Guard    bool // ask NAME_pred first, in the same trip; false gives ErrNoFunction
	Module   string
	Function string
	Args     Body     // a list
	Channel  Channel  // the client connection the request belongs to, or nil
	Caller   *Caller  // nil: nobody in particular
	Parent   *Request // the request whose plugin makes this one, or nil
	Deadline int64    // on the monotonic clock of Now, in ns; 0: none
	In       Source   // what the caller streams in, or nil
	Out      Sink     // where a streamed response goes, or nil; only inside Handle
	Reply    []byte   // scratch lent for the result; may be appended to
	Served   Served   // filled in on the way
}

// Caller says on whose behalf a request is made. It is shared by requests and
// never changed after it was made.
type Caller struct {
	User   string
	Roles  []string
	Remote string // the client's address
	Door   string // URL of the door it came through; empty for calls made inside
	Plugin string // the plugin that made a nested call; empty at a door
	Depth  int    // nested calls above this one
}

// Served tells who answered a request and how long it took.
type Served struct {
	Plugin     string
	Generation uint64
	Queue, Run int64 // ns
}

// MaxDepth bounds how deep plugins may call each other.
const MaxDepth = 32

// Nested returns the request that plugin makes while it works on parent, which
// is nil when it calls on its own account (from a timer, say). It inherits
// what must not be outlived: deadline, priority, channel and caller.
func Nested(parent *Request, plugin, module, function string, args Body) *Request {
	caller := &Caller{Plugin: plugin, Depth: 1}
	req := &Request{Module: module, Function: function, Args: args, Guard: true, Caller: caller, Parent: parent}
	if parent == nil {
		return req
	}
	if parent.Caller != nil {
		*caller = *parent.Caller
		caller.Plugin, caller.Depth = plugin, parent.Caller.Depth+1
	}
	req.Deadline, req.Priority, req.Channel = parent.Deadline, parent.Priority, parent.Channel
	return req
}
