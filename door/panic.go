package door

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/fondaco/fondaco/core"
)

// Safe returns h with its panics turned into ErrBroken errors and written to
// log with their stack, so that one request cannot end the server.
func Safe(h core.Handler, log *slog.Logger) core.Handler { return &safe{h, log} }

type safe struct {
	next core.Handler
	log  *slog.Logger
}

// Handle is core.Handler's.
func (s *safe) Handle(ctx context.Context, req *core.Request) (body core.Body, err error) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("panic in a request", "module", req.Module, "function", req.Function, "panic", p, "stack", string(debug.Stack()))
			body = core.Body{}
			err = core.NewError(core.KindBroken, fmt.Sprintf("%s.%s made the server panic; its log has the stack", req.Module, req.Function))
		}
	}()
	return s.next.Handle(ctx, req)
}
