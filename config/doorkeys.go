package config

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The schemes of doors.
var (
	doorSchemes  = []string{"bert", "http"}
	laterSchemes = []string{"https", "tcp", "udp", "tls", "ws", "wss", "nats", "unix"}
)

// doorKeys are the keys of an entry of listen, and those of the query of its
// URL.
func doorKeys() []key[Door] {
	return []key[Door]{
		{"url", func(r *reader, n *node, d *Door) {
			if s, ok := r.text(n, "url"); ok {
				r.doorURL(n.pos, s, d)
			}
		}},
		length("idle", time.Millisecond, true, func(d *Door) *time.Duration { return &d.Idle }),
		size("max_message", 64, 1<<30, false, func(d *Door) *int64 { return &d.MaxMessage }),
		count("max_connections", 1, 1_000_000, func(d *Door) *int { return &d.MaxConns }),
		{"allow", func(r *reader, n *node, d *Door) {
			d.Allow = r.texts(n, "allow")
			for _, a := range d.Allow {
				if module, function, _ := strings.Cut(a, "."); moduleName(module) != "" || function == "" {
					r.fail(n.pos, fmt.Sprintf("allow has %q", clip(a)), "write a function such as math.add, or math.* for all of a module")
				}
			}
		}},
		later[Door]("module"), later[Door]("frame"), later[Door]("heartbeat"), later[Door]("authenticate"),
		later[Door]("rate"), later[Door]("pending"), later[Door]("routes"), later[Door]("tls"),
		later[Door]("networks"), later[Door]("tokens"), later[Door]("reply"),
	}
}

// doors reads listen. The list is not nil, even when it is empty.
func (r *reader) doors(n *node) []Door {
	list := []Door{}
	if n.kind != listNode {
		r.fail(n.pos, "listen is "+n.shown(), "write a list of URLs, such as [bert://127.0.0.1:8000]")
		return list
	}
	for _, e := range n.list {
		d := DefaultDoor("")
		d.Pos = e.pos
		before := len(r.errs)
		switch e.kind {
		case textNode:
			r.doorURL(e.pos, e.text, &d)
		case mapNode:
			section(r, e, "a door", doorKeys(), &d)
		default:
			r.fail(e.pos, "an entry of listen is "+e.shown(), "write a URL, or a map with url and more")
		}
		if d.URL == "" && len(r.errs) == before {
			r.fail(e.pos, "a door has no url", "add one such as url: bert://127.0.0.1:8000")
		}
		if i := slices.IndexFunc(list, func(o Door) bool { return sameAddress(o.URL, d.URL) }); i >= 0 {
			r.fail(e.pos, fmt.Sprintf("%s is taken by %s already", d.URL, list[i].URL), "choose another port")
		}
		list = append(list, d)
	}
	return list
}

// doorURL reads a door's URL with its query.
func (r *reader) doorURL(pos Pos, raw string, d *Door) {
	base, query, _ := strings.Cut(raw, "?")
	u, err := url.Parse(base)
	if err != nil || !strings.Contains(base, "://") {
		r.fail(pos, fmt.Sprintf("door URL %q cannot be read", clip(raw)), "write one such as bert://127.0.0.1:8000")
		return
	}
	if slices.Contains(laterSchemes, u.Scheme) {
		r.later(pos, u.Scheme+"://")
		return
	}
	if !slices.Contains(doorSchemes, u.Scheme) {
		r.fail(pos, fmt.Sprintf("no door speaks %s://", clip(u.Scheme)), suggest(u.Scheme, doorSchemes))
		return
	}
	if u.Port() == "" {
		r.fail(pos, fmt.Sprintf("door URL %q has no port", clip(raw)), "add one such as :8000, or :0 to have one picked")
		return
	}
	if port, err := strconv.Atoi(u.Port()); err != nil || port > 65535 {
		r.fail(pos, fmt.Sprintf("door URL %q: the port is out of range", clip(raw)), "write one from 1 to 65535, or 0 to have one picked")
		return
	}
	if u.Path != "" && u.Path != "/" || u.User != nil || u.Fragment != "" {
		r.fail(pos, fmt.Sprintf("door URL %q has more than host and port", clip(raw)), "write "+u.Scheme+"://"+u.Host)
		return
	}
	d.URL = u.Scheme + "://" + u.Host
	r.query(pos, query, "a door's URL", func(n *node) { section(r, n, "a door's URL", doorKeys()[1:], d) })
}

// sameAddress tells whether two doors would listen on the same fixed port.
func sameAddress(a, b string) bool {
	_, a, _ = strings.Cut(a, "://")
	_, b, _ = strings.Cut(b, "://")
	return a == b && a != "" && !strings.HasSuffix(a, ":0")
}
