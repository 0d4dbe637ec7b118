package config

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// adminKeys are the keys below admin, and those of the query of its URL.
func adminKeys() []key[Admin] {
	return []key[Admin]{
		{"url", func(r *reader, n *node, a *Admin) {
			if s, ok := r.text(n, "url"); ok {
				r.adminURL(n.pos, s, a)
			}
		}},
		text("token", func(a *Admin) *string { return &a.Token }),
		{"token_file", func(r *reader, n *node, a *Admin) {
			if s, ok := r.text(n, "token_file"); ok {
				a.Token = r.secret(n.pos, s)
			}
		}},
	}
}

// admin reads where the server is steered from: a URL or a map.
func (r *reader) admin(n *node, a *Admin) {
	before := len(r.errs)
	switch n.kind {
	case textNode:
		r.adminURL(n.pos, n.text, a)
	case mapNode:
		section(r, n, "admin", adminKeys(), a)
	default:
		r.fail(n.pos, "admin is "+n.shown(), "write a URL, none, or a map with url and token")
	}
	if strings.HasPrefix(a.URL, "http:") && a.Token == "" && len(r.errs) == before {
		r.fail(n.pos, "admin over TCP has no token", "add token: or token_file:, or use unix:///path")
	}
}

func (r *reader) adminURL(pos Pos, raw string, a *Admin) {
	a.Explicit = true
	if raw == "none" {
		a.URL = raw
		return
	}
	base, query, _ := strings.Cut(raw, "?")
	u, err := url.Parse(base)
	switch {
	case err != nil:
		r.fail(pos, fmt.Sprintf("admin URL %q cannot be read", clip(raw)), "write unix:///path or http://127.0.0.1:8090")
		return
	case u.Scheme == "unix" && u.Host == "" && strings.HasPrefix(u.Path, "/"):
		a.URL = "unix://" + filepath.Clean(u.Path)
	case u.Scheme == "http" && u.Hostname() != "" && u.Port() != "" && (u.Path == "" || u.Path == "/") && u.User == nil:
		a.URL = "http://" + u.Host
	case u.Scheme == "https":
		r.later(pos, "an admin URL with https")
		return
	default:
		r.fail(pos, fmt.Sprintf("admin URL %q is of no known form", clip(raw)), "write unix:///absolute/path, http://host:port or none")
		return
	}
	r.query(pos, query, "the admin URL's query", func(n *node) { section(r, n, "the admin URL's query", adminKeys()[1:], a) })
}

// query reads the keys in the query of a URL.
func (r *reader) query(pos Pos, query, what string, read func(*node)) {
	values, err := url.ParseQuery(query)
	if err != nil {
		r.fail(pos, what+" cannot be read", "write key=value, joined by &")
		return
	}
	n := &node{kind: mapNode, pos: pos}
	for _, part := range strings.Split(query, "&") {
		name, _, _ := strings.Cut(part, "=")
		name, _ = url.QueryUnescape(name)
		v := values[name]
		if len(v) > 1 {
			r.fail(pos, fmt.Sprintf("key %q is twice in %s", clip(name), what), "remove one of the two")
		}
		if len(v) > 0 && name != "" {
			n.pairs = append(n.pairs, pair{name, pos, &node{kind: textNode, pos: pos, text: v[0], loose: true}})
		}
	}
	read(n)
}

// secret reads a token from a file.
func (r *reader) secret(pos Pos, file string) string {
	const most = 4096
	file = r.resolve(file)
	info, err := os.Stat(file)
	if err == nil && (!info.Mode().IsRegular() || info.Size() > most) {
		r.fail(pos, fmt.Sprintf("token_file %s is no small file", file), "put only the token into it")
		return ""
	}
	data, err := os.ReadFile(file)
	token := strings.TrimSpace(string(data))
	if err != nil || token == "" {
		r.fail(pos, fmt.Sprintf("token_file %s holds no token%s", file, because(err)), "write the token into it, mode 0600")
	}
	return token
}

// because returns an error of a file without the file's name, which stands
// before it already.
func because(err error) string {
	if err == nil {
		return ""
	}
	if e, ok := err.(*os.PathError); ok {
		err = e.Err
	}
	return ": " + err.Error()
}

// resolve returns a file's name, relative ones against the configuration's
// folder.
func (r *reader) resolve(file string) string {
	if filepath.IsAbs(file) || r.dir == "" {
		return filepath.Clean(file)
	}
	return filepath.Join(r.dir, file)
}
