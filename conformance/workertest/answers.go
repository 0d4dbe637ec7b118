package workertest

// Reply waits for the reply to call id and returns its value.
func (p *Peer) Reply(id uint32) any {
	p.t.Helper()
	f := p.Receive()
	if f.ID != id || f.Kind != kindReply || len(f.Fields) == 0 {
		p.t.Fatalf("got %s, want the reply to call %d", f, id)
	}
	return f.Fields[0]
}

// ExpectReply fails the test unless the next frame replies want to call id.
func (p *Peer) ExpectReply(id uint32, want any) {
	p.t.Helper()
	if got := p.Reply(id); Show(got) != Show(want) {
		p.t.Fatalf("call %d replied %.2000s, want %.2000s", id, Show(got), Show(want))
	}
}

// Failure is the content of an error message.
type Failure struct {
	Kind, Class, Message string
	Backtrace            []string
}

// Error waits for the error that answers call id.
func (p *Peer) Error(id uint32) Failure {
	p.t.Helper()
	f := p.Receive()
	if f.ID != id || f.Kind != kindError {
		p.t.Fatalf("got %.2000s, want an error for call %d", f, id)
	}
	return p.failure(f)
}

// ExpectError fails the test unless the next frame is an error of the given
// kind for call id, which it returns.
func (p *Peer) ExpectError(id uint32, kind string) Failure {
	p.t.Helper()
	e := p.Error(id)
	if e.Kind != kind {
		p.t.Fatalf("call %d failed with %q, want kind %s", id, e, kind)
	}
	return e
}

// failure checks the form of an error message and returns its content.
func (p *Peer) failure(f Frame) Failure {
	p.t.Helper()
	var e Failure
	for i, s := range []*string{&e.Kind, &e.Class, &e.Message} {
		if i >= len(f.Fields) {
			break
		}
		text, ok := f.Fields[i].(string)
		if !ok {
			p.t.Fatalf("element %d of the error %s is not text", i+1, f)
		}
		*s = text
	}
	if e.Kind == "" {
		p.t.Fatalf("the error %s has no kind", f)
	}
	if len(f.Fields) > 3 {
		lines, ok := f.Fields[3].([]any)
		for _, line := range lines {
			text, isText := line.(string)
			ok = ok && isText
			e.Backtrace = append(e.Backtrace, text)
		}
		if !ok {
			p.t.Fatalf("the backtrace of %s is not a list of text", f)
		}
	}
	return e
}

// Request is a call or cast that the worker made.
type Request struct {
	ID               uint32
	Kind             int64
	Module, Function string
	Args             []any
	Options          Map
}

// Request waits for a call or cast of the worker.
func (p *Peer) Request() Request {
	p.t.Helper()
	f := p.Receive()
	r := Request{ID: f.ID, Kind: f.Kind}
	ok := (f.Kind == kindCall || f.Kind == kindCast) && len(f.Fields) >= 3
	if ok {
		var m, n, a bool
		r.Module, m = f.Fields[0].(string)
		r.Function, n = f.Fields[1].(string)
		r.Args, a = f.Fields[2].([]any)
		ok = m && n && a
	}
	if ok && len(f.Fields) > 3 {
		r.Options, ok = f.Fields[3].(Map)
	}
	if !ok {
		p.t.Fatalf("got %.2000s, want a call or cast of the worker", f)
	}
	if r.Kind == kindCall && r.ID>>31 == 0 {
		p.t.Fatalf("the worker's call has id %#x, whose highest bit is clear", r.ID)
	}
	return r
}

// expectParent fails the test unless the request names its parent.
func (p *Peer) expectParent(r Request, id uint32) {
	p.t.Helper()
	if parent, _ := r.Options.Get("parent"); parent != any(int64(id)) {
		p.t.Fatalf("%s.%s names the parent %s, want %d", r.Module, r.Function, Show(parent), id)
	}
}
