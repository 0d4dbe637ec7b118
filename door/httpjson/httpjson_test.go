package httpjson

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fondaco/fondaco/codec"
	"github.com/fondaco/fondaco/codec/bert"
	"github.com/fondaco/fondaco/codec/json"
	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/door"
)

// stub answers its arguments, after a trip through BERT, except for a few
// functions.
type stub struct {
	mu    sync.Mutex
	casts []string
	last  core.Request
}

func (s *stub) Handle(ctx context.Context, req *core.Request) (core.Body, error) {
	s.mu.Lock()
	s.last = *req
	if req.Kind == core.Cast {
		s.casts = append(s.casts, req.Function+string(req.Args.Data))
	}
	s.mu.Unlock()
	req.Served.Generation = 7
	if req.Module == "nobody" {
		return core.Body{}, core.ErrNoModule
	}
	if kind, ok := core.ParseErrorKind(req.Function); ok {
		return core.Body{}, &core.Error{Kind: kind, Class: "C", Message: "why", Backtrace: []string{"a", "b"}, Code: 3}
	}
	switch req.Function {
	case "panics":
		panic("stub")
	case "nothing":
		return core.Body{}, nil
	case "unencodable":
		return core.Body{Codec: bert.Codec, Data: []byte("\x68\x02\x64\x00\x08$channel\x62\xff\xff\xff\xff"), Strict: false}, nil
	case "plain":
		return core.Body{}, errors.New("an error of Go")
	}
	out, err := codec.Transcode(nil, req.Args, bert.Codec, core.ReadOptions{})
	return core.Body{Codec: bert.Codec, Data: out, Strict: true}, err
}

func handler(t *testing.T, change func(*config.Door)) (*Handler, *stub) {
	t.Helper()
	spec := config.DefaultDoor("http://127.0.0.1:0")
	if change != nil {
		change(&spec)
	}
	s := &stub{}
	h, err := NewHandler(spec, s, door.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return h, s
}

func post(h http.Handler, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestPlain(t *testing.T) {
	h, _ := handler(t, func(d *config.Door) { d.MaxMessage = 4096 })
	const form = "application/x-www-form-urlencoded"
	for _, tt := range []struct {
		name, method, target, body string
		headers                    []string
		status                     int
		want                       string
	}{
		{"call", "POST", "/math/echo", ` [1, "ü", null, 2.5] `, nil, 200, "[1,\"ü\",null,2.5]\n"},
		{"no body", "POST", "/math/echo", "", nil, 200, "[]\n"},
		{"no value", "POST", "/math/nothing", "[]", nil, 200, "null\n"},
		{"escaped path", "POST", "/a%2Fb/echo", "[]", nil, 200, "[]\n"},
		{"as curl sends it", "POST", "/math/echo", "[1]", []string{"Content-Type", form}, 200, "[1]\n"},
		{"json with a parameter", "POST", "/math/echo", "[1]", []string{"Content-Type", "Application/JSON; charset=utf-8"}, 200, "[1]\n"},
		{"same origin", "POST", "/math/echo", "[1]", []string{"Origin", "http://example.com"}, 200, "[1]\n"},
		{"other origin", "POST", "/math/echo", "[1]", []string{"Origin", "http://evil.example", "Content-Type", form}, 403, `"kind":"denied"`},
		{"other site", "POST", "/math/echo", "[1]", []string{"Sec-Fetch-Site", "cross-site"}, 403, `"kind":"denied"`},
		{"text", "POST", "/math/echo", "[1]", []string{"Content-Type", "text/plain"}, 415, `"kind":"protocol"`},
		{"get", "GET", "/math/echo", "", nil, 405, `"kind":"protocol"`},
		{"get of the root", "GET", "/", "", nil, 405, `"status":405`},
		{"one name", "POST", "/math", "[]", nil, 404, `"kind":"no_function"`},
		{"three names", "POST", "/a/b/c", "[]", nil, 404, `"kind":"no_function"`},
		{"empty name", "POST", "/math/", "[]", nil, 404, `"kind":"no_function"`},
		{"object", "POST", "/math/echo", "{}", nil, 400, `"kind":"protocol"`},
		{"half a list", "POST", "/math/echo", "[1,", nil, 400, `"kind":"protocol"`},
		{"more than a list", "POST", "/math/echo", "[1] [2]", nil, 400, `"kind":"protocol"`},
		{"no UTF-8", "POST", "/math/echo", "[\"\xff\"]", nil, 400, `"kind":"protocol"`},
		{"too deep", "POST", "/math/echo", strings.Repeat("[", 1000) + strings.Repeat("]", 1000), nil, 400, `nested`},
		{"too long", "POST", "/math/echo", `["` + strings.Repeat("x", 5000) + `"]`, nil, 413, `"status":413`},
		{"bad timeout", "POST", "/math/echo", "[]", []string{"Fondaco-Timeout", "soon"}, 400, `Fondaco-Timeout`},
		{"no time", "POST", "/math/echo", "[]", []string{"Fondaco-Timeout", "0s"}, 400, `Fondaco-Timeout`},
		{"no module", "POST", "/nobody/home", "[]", nil, 404, `"detail":"No such module 'nobody'","kind":"no_module"`},
		{"no function", "POST", "/m/no_function", "[]", nil, 404, `"kind":"no_function"`},
		{"user", "POST", "/m/user", "[]", nil, 500, `"detail":"why","kind":"user","class":"C","code":3,"backtrace":["a","b"]}`},
		{"error of Go", "POST", "/m/plain", "[]", nil, 500, `"detail":"an error of Go","kind":"user"`},
		{"timeout", "POST", "/m/timeout", "[]", nil, 504, `"kind":"timeout"`},
		{"overloaded", "POST", "/m/overloaded", "[]", nil, 503, `"kind":"overloaded"`},
		{"unavailable", "POST", "/m/unavailable", "[]", nil, 503, `"kind":"unavailable"`},
		{"broken", "POST", "/m/broken", "[]", nil, 502, `"kind":"broken"`},
		{"denied", "POST", "/m/denied", "[]", nil, 403, `"kind":"denied"`},
		{"protocol", "POST", "/m/protocol", "[]", nil, 400, `"kind":"protocol"`},
		{"panic", "POST", "/m/panics", "[]", nil, 502, `"kind":"broken"`},
	} {
		w := post(h, tt.method, tt.target, tt.body, tt.headers...)
		kind := w.Header().Get("Content-Type")
		if got := w.Body.String(); w.Code != tt.status || w.Code == 200 && got != tt.want || !strings.Contains(got, tt.want) ||
			(w.Code == 200) != (kind == "application/json") || (w.Code != 200) != (kind == "application/problem+json") {
			t.Errorf("%s: got %d %s %s, want %d with %s", tt.name, w.Code, kind, got, tt.status, tt.want)
		}
		if w.Code == 405 && w.Header().Get("Allow") != "POST" {
			t.Errorf("%s: the header Allow is %q", tt.name, w.Header().Get("Allow"))
		}
	}
}

func TestRequestCarriesWhatWasSaid(t *testing.T) {
	h, s := handler(t, nil)
	before := core.Now()
	w := post(h, "POST", "/math/echo", "[1]", "Fondaco-Timeout", "1500ms")
	timeout := time.Duration(s.last.Deadline - before)
	if s.last.Module != "math" || s.last.Function != "echo" || !s.last.Guard || s.last.Args.Codec != json.Codec ||
		timeout < 1500*time.Millisecond || timeout > time.Minute || s.last.Caller.Remote == "" {
		t.Fatalf("got %+v, deadline in %v", s.last, timeout)
	}
	if got := w.Header().Get("Fondaco-Generation"); got != "7" {
		t.Fatalf("the generation is %q", got)
	}
}

func TestJSONRPC(t *testing.T) {
	h, _ := handler(t, func(d *config.Door) { d.MaxMessage = 1 << 16 })
	for _, tt := range []struct {
		name, body string
		status     int
		want       string // the whole answer, or, with an ellipsis, what is in it
	}{
		{"call", `{"jsonrpc":"2.0","method":"math.echo","params":[1,2],"id":1}`, 200, `{"jsonrpc":"2.0","result":[1,2],"id":1}`},
		{"any order, any id", ` {"id" : "a\u0062", "params":[], "method":"m\u0061th.echo", "jsonrpc":"2.0"} `, 200, `{"jsonrpc":"2.0","result":[],"id":"a\u0062"}`},
		{"object", `{"jsonrpc":"2.0","method":"math.echo","params":{"x":1},"id":1.50e1}`, 200, `{"jsonrpc":"2.0","result":[{"x":1}],"id":1.50e1}`},
		{"no params, null id", `{"jsonrpc":"2.0","method":"math.echo","id":null}`, 200, `{"jsonrpc":"2.0","result":[],"id":null}`},
		{"dots", `{"jsonrpc":"2.0","method":"a.b.echo","id":1}`, 200, `{"jsonrpc":"2.0","result":[],"id":1}`},
		{"notification", `{"jsonrpc":"2.0","method":"math.echo"}`, 204, ``},
		{"failed notification", `{"jsonrpc":"2.0","method":"math.user"}`, 204, ``},
		{"user", `{"jsonrpc":"2.0","method":"math.user","id":1}`, 200,
			`{"jsonrpc":"2.0","error":{"code":-32000,"message":"why","data":{"kind":"user","class":"C","code":3,"backtrace":["a","b"]}},"id":1}`},
		{"timeout", `{"jsonrpc":"2.0","method":"math.timeout","id":1}`, 200, `…"code":-32002`},
		{"broken", `{"jsonrpc":"2.0","method":"math.broken","id":1}`, 200, `…"code":-32001`},
		{"overloaded", `{"jsonrpc":"2.0","method":"math.overloaded","id":1}`, 200, `…"code":-32003`},
		{"unavailable", `{"jsonrpc":"2.0","method":"math.unavailable","id":1}`, 200, `…"code":-32004`},
		{"denied", `{"jsonrpc":"2.0","method":"math.denied","id":1}`, 200, `…"code":-32005`},
		{"no module", `{"jsonrpc":"2.0","method":"nobody.home","id":1}`, 200, `…"code":-32601,"message":"No such module 'nobody'"`},
		{"no dot", `{"jsonrpc":"2.0","method":"echo","id":1}`, 200, `…"code":-32601`},
		{"bad params", `{"jsonrpc":"2.0","method":"math.echo","params":1,"id":1}`, 200, `…"code":-32602`},
		{"bad version", `{"jsonrpc":"1.0","method":"math.echo","id":1}`, 200, `…"code":-32600`},
		{"bad method", `{"jsonrpc":"2.0","method":1,"id":1}`, 200, `…"code":-32600`},
		{"bad id", `{"jsonrpc":"2.0","method":"math.echo","id":[]}`, 200, `…"id":null}`},
		{"twice", `{"jsonrpc":"2.0","method":"math.echo","method":"math.x","id":1}`, 200, `…"code":-32600`},
		{"no object", `1`, 200, `…"code":-32600`},
		{"empty batch", `[]`, 200, `…"code":-32600`},
		{"bad batch", `[1]`, 200, `…[{"jsonrpc":"2.0","error":{"code":-32600`},
		{"no JSON", `{"jsonrpc"`, 400, `…"code":-32700`},
		{"two values", `{} {}`, 400, `…"code":-32700`},
		{"empty", ``, 400, `…"code":-32700`},
		{"too deep", strings.Repeat("[", 1000), 400, `…"code":-32700`},
		{"too long", `["` + strings.Repeat("x", 1<<16) + `"]`, 413, `…"code":-32700`},
		{"batch of casts", `[{"jsonrpc":"2.0","method":"math.echo"},{"jsonrpc":"2.0","method":"math.echo"}]`, 204, ``},
		{"batch", `[{"jsonrpc":"2.0","method":"math.echo","params":[1],"id":1},{"jsonrpc":"2.0","method":"math.echo"} , 5,{"jsonrpc":"2.0","method":"math.echo","params":[2],"id":2}]`, 200,
			`[{"jsonrpc":"2.0","result":[1],"id":1},{"jsonrpc":"2.0","error":{"code":-32600,"message":"a request is an object","data":{"kind":"protocol"}},"id":null},{"jsonrpc":"2.0","result":[2],"id":2}]`},
		{"long batch", "[" + strings.Repeat("1,", maxBatch) + "1]", 200, `…at most 1000`},
	} {
		w := post(h, "POST", "/", tt.body)
		got := strings.TrimSuffix(w.Body.String(), "\n")
		part, partly := strings.CutPrefix(tt.want, "…")
		if w.Code != tt.status || partly && !strings.Contains(got, part) || !partly && got != tt.want {
			t.Errorf("%s: got %d %s, want %d %s", tt.name, w.Code, got, tt.status, tt.want)
		}
	}
}

func TestNotificationIsACast(t *testing.T) {
	h, s := handler(t, nil)
	post(h, "POST", "/", `{"jsonrpc":"2.0","method":"math.echo","params":[5]}`)
	if len(s.casts) != 1 || s.casts[0] != "echo[5]" {
		t.Fatalf("got the casts %q", s.casts)
	}
}

func TestBatchAnswersAreBounded(t *testing.T) {
	h, s := handler(t, func(d *config.Door) { d.MaxMessage = 64 << 10 })
	one := `{"jsonrpc":"2.0","method":"math.echo","params":["` + strings.Repeat("x", 50) + `"],"id":1}`
	h.next = core.HandlerFunc(func(context.Context, *core.Request) (core.Body, error) {
		return core.Body{Codec: json.Codec, Data: []byte(`"` + strings.Repeat("y", 64<<10) + `"`), Strict: true}, nil
	})
	w := post(h, "POST", "/", "["+strings.Repeat(one+",", 99)+one+"]")
	if w.Code != 200 || w.Body.Len() > (batchAnswers+sideBySide+1)*(65<<10) || !strings.Contains(w.Body.String(), `"kind":"overloaded"`) {
		t.Fatalf("got %d with %d bytes", w.Code, w.Body.Len())
	}
	_ = s
}

func TestClientThatGoesCancels(t *testing.T) {
	started, canceled := make(chan bool, 1), make(chan error, 1)
	spec := config.DefaultDoor("http://127.0.0.1:0")
	d, err := New(spec, core.HandlerFunc(func(ctx context.Context, _ *core.Request) (core.Body, error) {
		started <- true
		<-ctx.Done()
		canceled <- ctx.Err()
		return core.Body{}, core.ErrCanceled
	}), door.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- d.Serve(ctx) }()
	asking, hangUp := context.WithCancel(context.Background())
	r, _ := http.NewRequestWithContext(asking, "POST", d.URL()+"/m/f", strings.NewReader("[]"))
	go func() {
		if resp, err := http.DefaultClient.Do(r); err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		}
	}()
	<-started
	hangUp()
	if err := <-canceled; !errors.Is(err, context.Canceled) {
		t.Fatalf("the context ended with %v", err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}

func FuzzEnvelope(f *testing.F) {
	f.Add([]byte(`{"jsonrpc":"2.0","method":"math.echo","params":[1,2],"id":1}`))
	f.Add([]byte(`{"jsonrpc":"2.0","method":"math.echo","params":{},"id":"\u0000"}`))
	f.Add([]byte(`{"id":{},"":[],"params":null}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c := parse(data, core.Limits{})
		if c.err == nil && (!isName(c.module) || !isName(c.function) || len(c.args) < 2 || c.args[0] != '[') {
			t.Fatalf("%q was taken for a request: %+v", data, c)
		}
		_, _ = elements(data, core.Limits{}, maxBatch)
	})
}
