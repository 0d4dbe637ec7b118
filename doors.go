package fondaco

import (
	"fmt"
	"net/url"

	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/door"
	"github.com/fondaco/fondaco/door/bertrpc"
	"github.com/fondaco/fondaco/door/httpjson"
)

// frontDoor is what the server needs of a door. Stats may be called at any time.
type frontDoor interface {
	core.Service
	URL() string
	Stats() door.Stats
	Close() error
}

// openDoor binds the door that spec describes. These are all the kinds there
// are.
func (s *Server) openDoor(spec config.Door) (frontDoor, error) {
	u, err := url.Parse(spec.URL)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	options := door.Options{Log: s.log, Access: s.access.hook(), Drain: drainLimit}
	switch u.Scheme {
	case "bert":
		return bertrpc.New(spec, s.broker, options)
	case "http":
		return httpjson.New(spec, s.broker, options)
	}
	return nil, fmt.Errorf("listen %s: no door speaks %q; there are bert and http", spec.URL, u.Scheme)
}
