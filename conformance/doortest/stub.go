package doortest

import (
	"context"
	"sync"

	"github.com/fondaco/fondaco/codec"
	"github.com/fondaco/fondaco/core"
)

// Stub is a core.Handler with canned functions in the module stub, for tests
// of what stands in front of a broker. Each takes one text:
//
//	echo    answers the text
//	fail    raises an error of the kind that the text names
//	panic   panics
//	slow    answers the text after Free, or an error when its context ends
//
// Other modules and functions are not there.
type Stub struct {
	// Started is sent a value when slow begins, Canceled when its context
	// ended before it was freed.
	Started, Canceled chan bool

	free chan struct{}
	once sync.Once
}

// NewStub returns a Stub.
func NewStub() *Stub {
	return &Stub{Started: make(chan bool, 100), Canceled: make(chan bool, 100), free: make(chan struct{})}
}

// Free lets all slow calls finish, those to come, too.
func (s *Stub) Free() { s.once.Do(func() { close(s.free) }) }

// Handle is core.Handler's.
func (s *Stub) Handle(ctx context.Context, req *core.Request) (core.Body, error) {
	if req.Module != "stub" {
		return core.Body{}, core.NewError(core.KindNoModule, "No such module '"+req.Module+"'")
	}
	body, text, err := first(req)
	if err != nil {
		return core.Body{}, err
	}
	switch req.Function {
	case "echo":
		return body, nil
	case "fail":
		kind, _ := core.ParseErrorKind(text)
		return core.Body{}, &core.Error{Kind: kind, Class: "Stub", Message: "as you wish", Backtrace: []string{"stub"}}
	case "panic":
		panic("as you wish")
	case "slow":
		s.Started <- true
		select {
		case <-s.free:
			return body, nil
		case <-ctx.Done():
			s.Canceled <- true
			return core.Body{}, &core.Error{Kind: core.KindCanceled, Message: "nobody waits", Err: ctx.Err()}
		}
	}
	return core.Body{}, core.NewError(core.KindNoFunction, "No such function 'stub."+req.Function+"'")
}

// first returns the only argument of a request as a result, and as text.
func first(req *core.Request) (core.Body, string, error) {
	r, w := req.Args.Codec.NewReader(), req.Args.Codec.NewWriter()
	defer codec.Release(r)
	defer codec.Release(w)
	r.Reset(req.Args.Data, core.ReadOptions{})
	w.Reset(req.Reply)
	var t core.Token
	for range 2 { // the list, the text
		if err := r.Next(&t); err != nil {
			return core.Body{}, "", err
		}
	}
	if t.Kind != core.TextToken {
		return core.Body{}, "", &core.Error{Kind: core.KindUser, Class: "Stub", Message: "want one text"}
	}
	text := string(t.Bytes)
	if err := w.Put(&t); err != nil {
		return core.Body{}, "", err
	}
	data, err := w.Bytes()
	return core.Body{Codec: req.Args.Codec, Data: data, Strict: true}, text, err
}
