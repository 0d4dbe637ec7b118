package config

import "fmt"

// nodeKind is the kind of a node.
type nodeKind uint8

const (
	nullNode nodeKind = iota
	boolNode
	intNode
	floatNode
	textNode
	listNode
	mapNode
)

var nodeWords = [...]string{"nothing", "a bool", "a number", "a number", "a text", "a list", "a map"}

// String returns the kind as an error message names it.
func (k nodeKind) String() string { return nodeWords[k] }

// node is one value of a configuration with its place, aliases resolved. A
// node is shared by all its aliases and never changed.
type node struct {
	kind  nodeKind
	pos   Pos
	text  string // of a text, and as written of any other scalar
	bool  bool
	int   int64
	float float64
	// loose marks a text that may stand for a scalar of another kind: it came
	// from the environment or from the query of a URL.
	loose bool
	list  []*node
	pairs []pair
	// size counts the node and all below it, height the levels below it, both
	// with aliases expanded.
	size, height int
}

// pair is one key of a map.
type pair struct {
	key string
	pos Pos
	val *node
}

// shown returns the node as an error message shows it.
func (n *node) shown() string {
	switch n.kind {
	case textNode:
		return fmt.Sprintf("%q", clip(n.text))
	case boolNode, intNode, floatNode:
		return clip(n.text)
	}
	return n.kind.String()
}

// clip shortens a text for an error message.
func clip(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "..."
	}
	return s
}

// plain returns the node as the value that a plugin gets: nil, bool, int64,
// float64, string, []any or map[string]any.
func (n *node) plain() any {
	switch n.kind {
	case boolNode:
		return n.bool
	case intNode:
		return n.int
	case floatNode:
		return n.float
	case textNode:
		return n.text
	case listNode:
		list := make([]any, len(n.list))
		for i, e := range n.list {
			list[i] = e.plain()
		}
		return list
	case mapNode:
		m := make(map[string]any, len(n.pairs))
		for _, p := range n.pairs {
			m[p.key] = p.val.plain()
		}
		return m
	}
	return nil
}
