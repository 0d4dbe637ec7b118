package core_test

import (
	"context"
	"testing"

	"github.com/fondaco/fondaco/core"
)

type channel struct{ core.Channel }

func TestNestedInheritsWhatMustNotBeOutlived(t *testing.T) {
	caller := &core.Caller{User: "ann", Roles: []string{"r"}, Remote: "1.2.3.4:5", Door: "bert://x", Depth: 3}
	parent := &core.Request{Kind: core.Cast, Module: "a", Function: "f", Deadline: 42, Priority: core.Low, Channel: channel{}, Caller: caller}
	got := core.Nested(parent, "a.py", "b", "g", core.Body{})
	if got.Kind != core.Call || got.Module != "b" || got.Function != "g" || !got.Guard || got.Parent != parent {
		t.Errorf("the request is %+v", got)
	}
	if got.Deadline != 42 || got.Priority != core.Low || got.Channel != parent.Channel {
		t.Errorf("deadline, priority and channel are %d, %d, %v", got.Deadline, got.Priority, got.Channel)
	}
	c := got.Caller
	if c.User != "ann" || len(c.Roles) != 1 || c.Remote != caller.Remote || c.Door != caller.Door || c.Plugin != "a.py" || c.Depth != 4 {
		t.Errorf("the caller is %+v", c)
	}
	if caller.Plugin != "" || caller.Depth != 3 {
		t.Errorf("the parent's caller became %+v", caller)
	}
}

func TestNestedOfNobody(t *testing.T) {
	for name, parent := range map[string]*core.Request{"no parent": nil, "a parent without a caller": {Module: "a"}} {
		got := core.Nested(parent, "a.py", "b", "g", core.Body{})
		if got.Caller == nil || got.Caller.Plugin != "a.py" || got.Caller.Depth != 1 || got.Deadline != 0 || got.Parent != parent {
			t.Errorf("%s: %+v, %+v", name, got, got.Caller)
		}
	}
}

func TestHandlerFunc(t *testing.T) {
	req := &core.Request{Function: "f"}
	var got *core.Request
	h := core.HandlerFunc(func(_ context.Context, r *core.Request) (core.Body, error) {
		got = r
		return core.Body{}, core.ErrDenied
	})
	if _, err := h.Handle(context.Background(), req); err != core.ErrDenied || got != req {
		t.Errorf("got %v, %v", got, err)
	}
}
