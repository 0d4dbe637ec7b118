package core

// Channel is one long-lived client connection as a plugin sees it. It is safe
// for concurrent use; every method may be called after the channel closed.
type Channel interface {
	// ID is never reused while the server runs.
	ID() uint64
	// Send queues body for the client. It fails with ErrOverloaded when the
	// client is too slow for the door's policy, with ErrBroken when the channel
	// is closed.
	Send(body Body) error
	// Close ends the connection once what is queued was sent; reason reaches
	// the plugin's handle_broken.
	Close(reason string)
}
