package bertrpc

import (
	"maps"
	"sync"
	"sync/atomic"
)

// maxNames bounds the table of names; the names of a real server fit in.
const maxNames = 1024

// names gives recurring names of modules and functions without allocating. It
// only learns names that were answered, so that strangers cannot fill it.
type names struct {
	known atomic.Pointer[map[string]string] // never changed, only replaced
	mu    sync.Mutex
}

// get returns b as a string, and whether it was known.
func (n *names) get(b []byte) (string, bool) {
	if known := n.known.Load(); known != nil {
		if s, ok := (*known)[string(b)]; ok {
			return s, true
		}
	}
	return string(b), false
}

// learn keeps s for get, while there is room.
func (n *names) learn(s string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	next := make(map[string]string)
	if known := n.known.Load(); known != nil {
		if len(*known) >= maxNames {
			return
		}
		next = maps.Clone(*known)
	}
	next[s] = s
	n.known.Store(&next)
}
