package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// key is one key of a section of the configuration, which is read into a T.
type key[T any] struct {
	name string
	set  func(r *reader, n *node, dst *T) // nil: known, but not in this version yet
}

const laterFix = "remove it, or use a version that has it"

// later notes something that the design knows and this version does not serve.
func (r *reader) later(pos Pos, what string) {
	r.fail(pos, what+" is known, but not in this version yet", laterFix)
}

// section reads a map whose keys are all in keys. what names the section.
func section[T any](r *reader, n *node, what string, keys []key[T], dst *T) {
	if n.kind != mapNode {
		r.fail(n.pos, fmt.Sprintf("%s is %s", what, n.shown()), "write a map of keys and values")
		return
	}
next:
	for _, p := range n.pairs {
		for _, k := range keys {
			if k.name != p.key {
				continue
			}
			if k.set == nil {
				r.later(p.pos, p.key)
			} else {
				k.set(r, p.val, dst)
			}
			continue next
		}
		r.fail(p.pos, fmt.Sprintf("unknown key %q in %s", clip(p.key), what), suggest(p.key, names(keys)))
	}
}

// names returns the keys that this version serves.
func names[T any](keys []key[T]) []string {
	var list []string
	for _, k := range keys {
		if k.set != nil {
			list = append(list, k.name)
		}
	}
	return list
}

// text is a key that takes a text.
func text[T any](name string, field func(*T) *string) key[T] {
	return key[T]{name, func(r *reader, n *node, dst *T) {
		if s, ok := r.text(n, name); ok {
			*field(dst) = s
		}
	}}
}

// text returns a text that is not empty.
func (r *reader) text(n *node, name string) (string, bool) {
	if n.kind != textNode || n.text == "" {
		r.fail(n.pos, fmt.Sprintf("%s is %s", name, n.shown()), "write a text, in quotes if need be")
		return "", false
	}
	return n.text, true
}

// word is a key that takes one of the words now; those of later are known, but
// not served yet.
func word[T any](name string, field func(*T) *string, now, later []string) key[T] {
	return key[T]{name, func(r *reader, n *node, dst *T) {
		for _, w := range now {
			if n.kind == textNode && n.text == w {
				*field(dst) = w
				return
			}
		}
		for _, w := range later {
			if n.kind == textNode && n.text == w {
				r.later(n.pos, name+": "+w)
				return
			}
		}
		fix := "write " + strings.Join(now, " or ")
		if n.kind == textNode {
			fix = suggest(n.text, now)
		}
		r.fail(n.pos, fmt.Sprintf("%s is %s", name, n.shown()), fix)
	}}
}

// count is a key that takes a whole number between least and most.
func count[T any](name string, least, most int, field func(*T) *int) key[T] {
	return key[T]{name, func(r *reader, n *node, dst *T) {
		if v, ok := r.count(n, name, least, most); ok {
			*field(dst) = v
		}
	}}
}

func (r *reader) count(n *node, name string, least, most int) (int, bool) {
	v, ok := n.int, n.kind == intNode
	if n.loose {
		var err error
		v, err = strconv.ParseInt(n.text, 10, 64)
		ok = err == nil
	}
	if !ok || v < int64(least) || v > int64(most) {
		r.fail(n.pos, fmt.Sprintf("%s is %s", name, n.shown()), fmt.Sprintf("write a whole number from %d to %d", least, most))
		return 0, false
	}
	return int(v), true
}

// length is a key that takes a time of at least the given length; none says
// that 0 is allowed too, for no limit.
func length[T any](name string, least time.Duration, none bool, field func(*T) *time.Duration) key[T] {
	return key[T]{name, func(r *reader, n *node, dst *T) {
		written := n.kind == textNode || n.kind == intNode && n.text == "0"
		d, err := ParseTime(n.text)
		switch {
		case !written || err != nil:
			r.fail(n.pos, fmt.Sprintf("%s is %s", name, n.shown()), errTime.Error())
		case d < least && !(none && d == 0), d > maxTime:
			r.fail(n.pos, fmt.Sprintf("%s is %s", name, n.shown()), fmt.Sprintf("write a time from %s to %s", least, maxTime))
		default:
			*field(dst) = d
		}
	}}
}

// size is a key that takes a number of bytes from least to most; none says
// that 0 is allowed too, for no limit.
func size[T any](name string, least, most int64, none bool, field func(*T) *int64) key[T] {
	return key[T]{name, func(r *reader, n *node, dst *T) {
		v, err := ParseSize(n.text)
		switch {
		case n.kind != textNode && n.kind != intNode || err != nil:
			r.fail(n.pos, fmt.Sprintf("%s is %s", name, n.shown()), errSize.Error())
		case (v < least || v > most) && !(none && v == 0):
			r.fail(n.pos, fmt.Sprintf("%s is %s", name, n.shown()), fmt.Sprintf("write a size from %d to %d bytes", least, most))
		default:
			*field(dst) = v
		}
	}}
}

// texts reads a list of texts; a single one, or several with commas in the
// query of a URL, will do.
func (r *reader) texts(n *node, name string) []string {
	switch {
	case n.kind == textNode && n.loose:
		return strings.Split(n.text, ",")
	case n.kind == textNode:
		return []string{n.text}
	case n.kind != listNode:
		r.fail(n.pos, fmt.Sprintf("%s is %s", name, n.shown()), "write a list of texts")
		return nil
	}
	list := make([]string, 0, len(n.list))
	for _, e := range n.list {
		if s, ok := r.text(e, "an entry of "+name); ok {
			list = append(list, s)
		}
	}
	return list
}

// maxTime bounds every time in a configuration.
const maxTime = 365 * 24 * time.Hour
