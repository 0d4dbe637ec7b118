package door

import (
	"context"
	"strings"

	"github.com/fondaco/fondaco/core"
)

// Allow returns h behind a list of functions that may be called, such as
// math.add, or calc.* for all of a module. Everything else is answered with
// ErrDenied and does not reach h. A nil list returns h itself. It fails for an
// entry that is neither.
func Allow(url string, list []string, h core.Handler) (core.Handler, error) {
	if list == nil {
		return h, nil
	}
	a := &allowed{url: url, next: h, functions: make(map[name]bool, len(list)), modules: make(map[string]bool)}
	for _, entry := range list {
		dot := strings.LastIndexByte(entry, '.')
		if dot <= 0 || dot == len(entry)-1 {
			return nil, &Error{URL: url, Reason: "allow: " + entry + " is neither like math.add nor like math.*"}
		}
		module, function := entry[:dot], entry[dot+1:]
		switch {
		case function == "*":
			a.modules[module] = true
		case strings.Contains(entry, "*"):
			return nil, &Error{URL: url, Reason: "allow: " + entry + ": * stands only for all functions of a module"}
		default:
			a.functions[name{module, function}] = true
		}
	}
	return a, nil
}

type name struct{ module, function string }

// allowed is the list; it never changes.
type allowed struct {
	url       string
	next      core.Handler
	modules   map[string]bool
	functions map[name]bool
}

// Handle is core.Handler's.
func (a *allowed) Handle(ctx context.Context, req *core.Request) (core.Body, error) {
	if a.modules[req.Module] || a.functions[name{req.Module, req.Function}] {
		return a.next.Handle(ctx, req)
	}
	return core.Body{}, core.NewError(core.KindDenied, req.Module+"."+req.Function+" may not be called through "+a.url)
}
