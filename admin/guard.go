package admin

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/fondaco/fondaco/core"
)

// only lets one method through.
func only(method string, h http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != method && !(method == http.MethodGet && r.Method == http.MethodHead) {
			w.Header().Set("Allow", method)
			refuse(w, http.StatusMethodNotAllowed, core.KindProtocol, fmt.Sprintf("%s takes %s only", clip(r.URL.Path), method))
			return
		}
		h(w, r)
	})
}

// guarded refuses what a browser sends on behalf of another site, and names
// that only DNS rebinding would lead to a loopback address.
func (a *api) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case a.local && !a.knownHost(r.Host):
			refuse(w, http.StatusForbidden, core.KindDenied, fmt.Sprintf("host %q is not this server's; use its address", clip(r.Host)))
			return
		case crossSite(r):
			refuse(w, http.StatusForbidden, core.KindDenied, "requests of other sites are refused")
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}

// knownHost tells whether a Host header may stand for a loopback listener.
func (a *api) knownHost(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.Trim(host, "[]")
	ip := net.ParseIP(host)
	return host == "localhost" || strings.EqualFold(host, a.host) || ip != nil && ip.IsLoopback()
}

// crossSite tells whether a browser says that another site made the request.
func crossSite(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return true
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return false
	}
	u, err := url.Parse(origin)
	return err != nil || u.Host != r.Host
}

// authorized asks for the token, if there is one. The comparison takes the
// same time whatever is sent.
func (a *api) authorized(next http.Handler) http.Handler {
	if a.token == "" {
		return next
	}
	want := sha256.Sum256([]byte(a.token))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		got := sha256.Sum256([]byte(token))
		if !strings.EqualFold(scheme, "Bearer") || subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			w.Header().Set("WWW-Authenticate", "Bearer")
			refuse(w, http.StatusUnauthorized, core.KindDenied, "send Authorization: Bearer TOKEN, the token of admin: in the configuration")
			return
		}
		next.ServeHTTP(w, r)
	})
}
