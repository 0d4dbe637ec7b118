package httpjson

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/door"
	"github.com/fondaco/fondaco/internal/lograte"
)

// maxName bounds the name of a module or function in bytes.
const maxName = 4 * 255

// Handler is the door without its listener, to be mounted into another
// server; strip the prefix it is mounted under. It is safe for concurrent use.
type Handler struct {
	url       string
	max       int64
	idle      time.Duration
	limits    core.Limits
	next      core.Handler
	opts      door.Options
	log       *slog.Logger
	strangers *slog.Logger // for what clients send
	origin    *http.CrossOriginProtection
	scratch   sync.Pool // *scratch

	requests, malformed atomic.Uint64
}

// NewHandler returns the handler of the door that spec describes: MaxMessage,
// Allow and Idle count, the latter for a client that does not take its answer.
// Requests go to h. It fails when Allow has a bad entry.
func NewHandler(spec config.Door, h core.Handler, opts door.Options) (*Handler, error) {
	opts = opts.Fill()
	if spec.MaxMessage <= 0 {
		spec.MaxMessage = config.DefaultMaxMessage
	}
	allowed, err := door.Allow(spec.URL, spec.Allow, h)
	if err != nil {
		return nil, err
	}
	return &Handler{
		url:    spec.URL,
		max:    spec.MaxMessage,
		idle:   spec.Idle,
		limits: core.Limits{Bytes: int(spec.MaxMessage)},
		next:   door.Safe(allowed, opts.Log),
		opts:   opts,
		log:    opts.Log, strangers: lograte.New(opts.Log, door.LinesPerSecond),
		origin: http.NewCrossOriginProtection(),
	}, nil
}

// ServeHTTP is http.Handler's.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	module, function, ok := route(r.URL)
	switch {
	case !ok:
		h.refuse(w, http.StatusNotFound, core.KindNoFunction, "nothing is at "+r.URL.Path+"; POST to / (JSON-RPC) or to /module/function")
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		h.refuse(w, http.StatusMethodNotAllowed, core.KindProtocol, "only POST calls a function")
	case h.origin.Check(r) != nil:
		h.refuse(w, http.StatusForbidden, core.KindDenied, "the page that makes this request is of another origin")
	case !isJSON(r.Header.Get("Content-Type")):
		h.refuse(w, http.StatusUnsupportedMediaType, core.KindProtocol, "the body must be application/json, not "+r.Header.Get("Content-Type"))
	default:
		h.post(w, r, module, function)
	}
}

// post reads the body and handles it; the empty module is JSON-RPC.
func (h *Handler) post(w http.ResponseWriter, r *http.Request, module, function string) {
	x := &exchange{h: h, ctx: r.Context(), caller: &core.Caller{Remote: r.RemoteAddr, Door: h.url}}
	s := h.borrow()
	defer h.giveBack(s)
	timeout, err := timeoutOf(r.Header)
	if err == nil {
		x.timeout = timeout
		s.body, err = h.read(w, r, s.body[:0])
	}
	switch {
	case err != nil && module == "":
		x.unreadable(w, s, err)
	case err != nil:
		h.problem(w, statusOf(err), core.AsError(err))
	case module == "":
		x.rpc(w, s)
	default:
		x.plain(w, s, module, function)
	}
	if err != nil && statusOf(err) == http.StatusRequestEntityTooLarge {
		s.body = nil
		drop(w, r)
	}
}

// route reads the path: /, or /module/function.
func route(u *url.URL) (module, function string, ok bool) {
	path := strings.TrimPrefix(u.EscapedPath(), "/")
	if path == "" {
		return "", "", true
	}
	module, function, ok = strings.Cut(path, "/")
	if !ok || strings.Contains(function, "/") {
		return "", "", false
	}
	m, err := url.PathUnescape(module)
	f, err2 := url.PathUnescape(function)
	return m, f, err == nil && err2 == nil && isName(m) && isName(f)
}

func isName(s string) bool { return s != "" && len(s) <= maxName }

// isJSON accepts what JSON is sent as, and the type that command line clients
// send by default.
func isJSON(contentType string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	kind = strings.ToLower(strings.TrimSpace(kind))
	switch kind {
	case "", "application/json", "text/json", "application/json-rpc", "application/jsonrequest", "application/x-www-form-urlencoded":
		return true
	}
	return strings.HasPrefix(kind, "application/") && strings.HasSuffix(kind, "+json")
}
