package config

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
)

// tree parses YAML into a node, or returns nil after noting why it cannot.
func (r *reader) tree(data []byte) (root *node) {
	start := Pos{Line: 1, Column: 1}
	// The parser is somebody else's: whatever it does, a file is not a reason to
	// crash.
	defer func() {
		if p := recover(); p != nil {
			r.fail(start, fmt.Sprintf("the YAML parser gave up: %v", p), "simplify the file")
			root = nil
		}
	}()
	switch {
	case len(data) > maxFile:
		r.fail(start, fmt.Sprintf("the file is longer than %d bytes", maxFile), "split the server in two")
		return nil
	case !utf8.Valid(data):
		r.fail(start, "the file is not UTF-8", "save it as UTF-8")
		return nil
	case strings.IndexByte(string(data), 0) >= 0:
		r.fail(start, "the file holds a NUL byte", "give the YAML file, not a binary one")
		return nil
	}
	tokens := lexer.Tokenize(string(data))
	if !r.parsable(tokens) {
		return nil
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		r.syntax(err)
		return nil
	}
	t := &treeBuilder{r: r, anchors: map[string]*node{}, left: maxNodes}
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if root != nil {
			r.fail(place(doc.Body.GetToken()), "a second YAML document begins here", "keep one document in the file")
			break
		}
		root = t.node(doc.Body, 0)
	}
	if root == nil || root.kind == nullNode {
		root = &node{kind: mapNode, pos: start}
	}
	return root
}

// syntax notes an error of the YAML parser.
func (r *reader) syntax(err error) {
	var e yaml.Error
	if errors.As(err, &e) {
		r.fail(place(e.GetToken()), "this is not YAML: "+e.GetMessage(), "check indentation, quotes and brackets here")
		return
	}
	r.fail(Pos{Line: 1, Column: 1}, "this is not YAML: "+err.Error(), "check indentation, quotes and brackets")
}

// treeBuilder turns the parser's tree into nodes.
type treeBuilder struct {
	r       *reader
	anchors map[string]*node
	left    int // nodes that may still be made
	full    bool
}

// node returns a's node; never nil.
func (t *treeBuilder) node(a ast.Node, depth int) *node {
	n := t.build(a, depth)
	n.size, n.height = 1, 0
	for _, c := range n.list {
		n.grow(c)
	}
	for _, p := range n.pairs {
		n.grow(p.val)
	}
	return n
}

// grow counts a child in.
func (n *node) grow(child *node) {
	n.size = min(n.size+child.size, maxNodes+1)
	n.height = max(n.height, child.height+1)
}

func (t *treeBuilder) build(a ast.Node, depth int) *node {
	if a == nil {
		return &node{pos: Pos{Line: 1, Column: 1}}
	}
	n := &node{pos: place(a.GetToken())}
	if !t.spend(n.pos, 1, depth) {
		return n
	}
	switch a := a.(type) {
	case *ast.NullNode:
	case *ast.BoolNode:
		n.kind, n.bool, n.text = boolNode, a.Value, a.Token.Value
	case *ast.IntegerNode:
		t.integer(n, a)
	case *ast.FloatNode:
		n.kind, n.float, n.text = floatNode, a.Value, a.Token.Value
	case *ast.StringNode:
		n.kind = textNode
		n.text, n.loose = t.r.expand(a.Value, n.pos)
	case *ast.LiteralNode:
		n.kind = textNode
		n.text, n.loose = t.r.expand(a.Value.Value, n.pos)
	case *ast.SequenceNode:
		n.kind = listNode
		for _, v := range a.Values {
			n.list = append(n.list, t.node(v, depth+1))
		}
	case *ast.MappingNode:
		t.mapping(n, a.Values, depth)
	case *ast.MappingValueNode:
		t.mapping(n, []*ast.MappingValueNode{a}, depth)
	case *ast.AnchorNode:
		n = t.node(a.Value, depth)
		t.anchors[name(a.Name)] = n
	case *ast.AliasNode:
		return t.alias(a, n.pos, depth)
	default:
		t.r.fail(n.pos, "tags, directives and special numbers have no meaning here", "write a plain value")
	}
	return n
}

func (t *treeBuilder) integer(n *node, a *ast.IntegerNode) {
	n.kind, n.text = intNode, a.Token.Value
	switch v := a.Value.(type) {
	case int64:
		n.int = v
	case uint64:
		if v > math.MaxInt64 {
			t.r.fail(n.pos, n.shown()+" is too large a number", "write it as a text")
			return
		}
		n.int = int64(v)
	}
}

func (t *treeBuilder) mapping(n *node, values []*ast.MappingValueNode, depth int) {
	n.kind = mapNode
	if len(values) > 0 {
		if first := place(values[0].Key.GetToken()); first.Line < n.pos.Line || n.pos.Column > first.Column {
			n.pos = first
		}
	}
	seen := map[string]Pos{}
	var merged []*node
	for _, v := range values {
		pos := place(v.Key.GetToken())
		val := t.node(v.Value, depth+1)
		if v.Key.IsMergeKey() {
			merged = append(merged, val)
			continue
		}
		key := name(v.Key)
		if before, ok := seen[key]; ok {
			t.r.fail(pos, fmt.Sprintf("key %q is already in line %d", clip(key), before.Line), "remove one of the two")
			continue
		}
		seen[key] = pos
		n.pairs = append(n.pairs, pair{key, pos, val})
	}
	for _, m := range merged {
		t.merge(n, m, seen)
	}
}

// merge adds to n what the value of a << key has and n has not.
func (t *treeBuilder) merge(n, from *node, seen map[string]Pos) {
	if from.kind == listNode {
		for _, m := range from.list {
			if m.kind == listNode {
				t.r.fail(m.pos, "<< merges a list in a list", "give it one list of maps")
				continue
			}
			t.merge(n, m, seen)
		}
		return
	}
	if from.kind != mapNode {
		t.r.fail(from.pos, "<< merges "+from.shown(), "give it the alias of a map")
		return
	}
	for _, p := range from.pairs {
		if _, ok := seen[p.key]; !ok && t.spend(from.pos, p.val.size, 0) {
			seen[p.key] = p.pos
			n.pairs = append(n.pairs, p)
		}
	}
}

func (t *treeBuilder) alias(a *ast.AliasNode, pos Pos, depth int) *node {
	target, ok := t.anchors[name(a.Value)]
	if !ok {
		t.r.fail(pos, fmt.Sprintf("no anchor &%s stands before this alias", clip(name(a.Value))), "define it above, outside of itself")
		return &node{pos: pos}
	}
	if !t.spend(pos, target.size, depth+target.height) {
		return &node{pos: pos}
	}
	shared := *target
	return &shared
}

// spend takes size nodes at the given depth from what is left.
func (t *treeBuilder) spend(pos Pos, size, depth int) bool {
	t.left -= size
	if !t.full && (t.left < 0 || depth > maxDepth) {
		t.full = true
		t.r.fail(pos, fmt.Sprintf("this goes beyond %d values or %d levels, aliases counted", maxNodes, maxDepth), "make the file smaller")
	}
	return !t.full
}

// name returns the text of a key, an anchor or an alias.
func name(a ast.Node) string {
	switch a := a.(type) {
	case *ast.StringNode:
		return a.Value
	case *ast.MappingKeyNode:
		return name(a.Value)
	case nil:
		return ""
	}
	if t := a.GetToken(); t != nil {
		return t.Value
	}
	return ""
}
