package doortest

import (
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/door"
)

func picksPort(t *testing.T, k Kit) {
	r := start(t, k, nil)
	u, err := url.Parse(r.URL())
	if err != nil || u.Port() == "" || u.Port() == "0" || !strings.HasPrefix(k.URL, u.Scheme+"://"+u.Hostname()+":") {
		t.Fatalf("the URL %s became %s", k.URL, r.URL())
	}
}

func answers(t *testing.T, k Kit) {
	r := start(t, k, nil)
	wantEcho(t, k, r)
	if _, kind, err := call(t, k, r, "nobody", "echo", ""); kind != "no_module" || err != nil {
		t.Errorf("an unknown module: %q, %v", kind, err)
	}
	if _, kind, err := call(t, k, r, "stub", "nothing", ""); kind != "no_function" || err != nil {
		t.Errorf("an unknown function: %q, %v", kind, err)
	}
}

// longMessages need several reads and writes.
func longMessages(t *testing.T, k Kit) {
	r := start(t, k, nil)
	for _, size := range []int{0, 1, 4 << 10, 16 << 10, 100_000, 1 << 20, 4<<20 + 1} {
		text := strings.Repeat("x", size)
		if answer, kind, err := call(t, k, r, "stub", "echo", text); answer != text || kind != "" || err != nil {
			t.Fatalf("a text of %d bytes: %d bytes, %q, %v", size, len(answer), kind, err)
		}
	}
}

func errorKinds(t *testing.T, k Kit) {
	r := start(t, k, nil)
	for _, want := range []core.ErrorKind{core.KindUser, core.KindNoModule, core.KindNoFunction, core.KindTimeout,
		core.KindOverloaded, core.KindUnavailable, core.KindBroken, core.KindDenied} {
		if _, kind, err := call(t, k, r, "stub", "fail", want.String()); kind != want.String() || err != nil {
			t.Errorf("want %v, got %q, %v", want, kind, err)
		}
	}
}

func panics(t *testing.T, k Kit) {
	r := start(t, k, nil)
	if _, kind, err := call(t, k, r, "stub", "panic", ""); kind != "broken" || err != nil {
		t.Errorf("a panic: %q, %v", kind, err)
	}
	wantEcho(t, k, r)
}

func allows(t *testing.T, k Kit) {
	r := start(t, k, func(d *config.Door, _ *door.Options) { d.Allow = []string{"stub.echo", "calc.*"} })
	wantEcho(t, k, r)
	for _, tt := range []struct{ module, function, kind string }{
		{"stub", "fail", "denied"},
		{"nobody", "echo", "denied"},
		{"calc", "anything", "no_module"},
	} {
		if _, kind, err := call(t, k, r, tt.module, tt.function, "user"); kind != tt.kind || err != nil {
			t.Errorf("%s.%s: %q, %v; want %s", tt.module, tt.function, kind, err, tt.kind)
		}
	}
	none := start(t, k, func(d *config.Door, _ *door.Options) { d.Allow = []string{} })
	if _, kind, err := call(t, k, none, "stub", "echo", ""); kind != "denied" || err != nil {
		t.Errorf("with an empty list: %q, %v", kind, err)
	}
}

func badAllow(t *testing.T, k Kit) {
	for _, entry := range []string{"", "math", ".add", "math.", "ma*.add", "math.a*"} {
		spec := config.DefaultDoor(k.URL)
		spec.Allow = []string{entry}
		if _, err := k.New(spec, NewStub(), door.Options{}); err == nil || !strings.Contains(err.Error(), "allow") {
			t.Errorf("the entry %q: %v", entry, err)
		}
	}
}

func badURL(t *testing.T, k Kit) {
	for _, bad := range []string{"", "no-such-door://127.0.0.1:0", k.URL + "/path", k.URL + "?x=1", strings.Replace(k.URL, ":0", ":99999", 1)} {
		if _, err := k.New(config.DefaultDoor(bad), NewStub(), door.Options{}); err == nil || !strings.Contains(err.Error(), bad) {
			t.Errorf("the URL %q: %v", bad, err)
		}
	}
	r := start(t, k, nil)
	if _, err := k.New(config.DefaultDoor(r.URL()), NewStub(), door.Options{}); err == nil {
		t.Error("a port in use could be had twice")
	}
}

func accesses(t *testing.T, k Kit) {
	var mu sync.Mutex
	var seen []door.Access
	r := start(t, k, func(_ *config.Door, o *door.Options) {
		o.Access = func(a *door.Access) {
			mu.Lock()
			defer mu.Unlock()
			seen = append(seen, *a)
		}
	})
	wantEcho(t, k, r)
	_, _, _ = call(t, k, r, "stub", "fail", "timeout")
	r.stop()
	receive(t, r.ended)
	if len(seen) != 2 {
		t.Fatalf("got %d records of 2 requests", len(seen))
	}
	a, b := seen[0], seen[1]
	if a.Module != "stub" || a.Function != "echo" || a.Err != nil || a.In < 6 || a.Out < 6 || a.Took <= 0 || a.Caller.Remote == "" || a.Caller.Door != r.URL() {
		t.Errorf("got %+v", a)
	}
	if core.AsError(b.Err).Kind != core.KindTimeout {
		t.Errorf("got %+v", b)
	}
}
