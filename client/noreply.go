package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"

	"github.com/fondaco/fondaco/core"
)

// NoReplyError is the error of a request that got no answer which can be read:
// nobody listens, the connection ended, the time was up, or something that is
// no Fondaco answered. errors.As finds the *core.Error with its kind in it, and
// errors.Is the cause from the network.
type NoReplyError struct {
	reason *core.Error
	cause  error // nil: none
}

// Error returns "kind: what happened".
func (e *NoReplyError) Error() string { return e.reason.Error() }

// Unwrap returns the *core.Error, and the cause if there is one.
func (e *NoReplyError) Unwrap() []error {
	if e.cause == nil {
		return []error{e.reason}
	}
	return []error{e.reason, e.cause}
}

func noReply(kind core.ErrorKind, cause error, format string, args ...any) error {
	return &NoReplyError{core.NewError(kind, fmt.Sprintf(format, args...)), cause}
}

// unreachable is the error when no connection can be made.
func unreachable(ctx context.Context, where string, err error) error {
	if ctx.Err() != nil {
		return lost(ctx, where, err)
	}
	return noReply(core.KindUnavailable, err, "no server answers at %s%s", where, because(err))
}

// lost is the error when a connection ends before the reply.
func lost(ctx context.Context, where string, err error) error {
	switch cause := ctx.Err(); cause {
	case nil:
	case context.DeadlineExceeded:
		return noReply(core.KindTimeout, cause, "no reply from %s in time", where)
	default:
		return noReply(core.KindCanceled, cause, "the call to %s was given up", where)
	}
	var said *NoReplyError
	if errors.As(err, &said) {
		return said
	}
	return noReply(core.KindBroken, err, "%s ended the connection before its reply%s", where, because(err))
}

// unreadable is the error when a reply makes no sense.
func unreadable(where, what string) error {
	return noReply(core.KindProtocol, nil, "%s answers %s; is it a server of this protocol?", where, what)
}

// because tells what the network says, where that says more than that there is
// no server.
func because(err error) string {
	var name *net.DNSError
	if errors.As(err, &name) {
		return ": no host of that name is known"
	}
	var errno syscall.Errno
	if errors.As(err, &errno) && errno != syscall.ECONNREFUSED {
		return ": " + errno.Error()
	}
	return ""
}
