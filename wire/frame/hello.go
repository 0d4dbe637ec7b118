package frame

import (
	"bytes"
	"fmt"
	"math"
)

// Greeting is what a worker says of itself in hello.
type Greeting struct {
	Version     int
	Functions   []string // nil: not known
	Guards      []string // functions with a predicate; nil: not known
	Concurrency int      // calls wished for at a time; 0: not said
	Language    string
}

// maxFunctions bounds the lists of a greeting.
const maxFunctions = 1 << 16

// ParseGreeting reads the value of a hello. Unknown keys are ignored. Errors
// wrap ErrMalformed.
func ParseGreeting(value []byte) (Greeting, error) {
	var g Greeting
	e := elements{cursor: cursor{data: value}}
	if err := e.open(majorMap); err != nil {
		return g, err
	}
	for e.more() {
		if err := e.greeting(&g); err != nil {
			return g, err
		}
	}
	if g.Version != Version {
		return g, fmt.Errorf("%w: hello of version %d, expected %d", ErrMalformed, g.Version, Version)
	}
	return g, nil
}

func (e *elements) greeting(g *Greeting) error {
	key, known, err := e.key()
	if !known {
		return err
	}
	var n uint64
	switch string(key) {
	case "version":
		n, err = e.uint(math.MaxInt32)
		g.Version = int(n)
	case "concurrency":
		n, err = e.uint(math.MaxInt32)
		g.Concurrency = int(n)
	case "functions":
		g.Functions, err = e.names()
	case "guards":
		g.Guards, err = e.names()
	case "language":
		var text []byte
		text, err = e.lenient()
		g.Language = string(bytes.ToValidUTF8(text, []byte("\uFFFD")))
	default:
		err = e.skip(0)
	}
	return err
}

// names reads a list of texts, never nil.
func (e *elements) names() ([]string, error) {
	list := elements{cursor: cursor{data: e.data, pos: e.pos}}
	if err := list.open(majorArray); err != nil {
		return nil, err
	}
	names := []string{}
	for list.more() {
		if len(names) == maxFunctions {
			return nil, e.fail("has too many functions")
		}
		name, err := list.string(majorText)
		if err != nil {
			return nil, err
		}
		names = append(names, string(name))
	}
	e.pos = list.pos
	return names, nil
}

// AppendHello appends a worker's hello.
func AppendHello(dst []byte, g Greeting) []byte {
	start := len(dst)
	dst = append(Begin(dst, 0), majorArray<<5|2, byte(Hello))
	head := len(dst)
	dst = append(dst, majorMap<<5|1)
	dst = appendHead(appendText(dst, "version"), majorUint, Version)
	for _, list := range []struct {
		key   string
		names []string
	}{{"functions", g.Functions}, {"guards", g.Guards}} {
		if list.names == nil {
			continue
		}
		dst = appendHead(appendText(dst, list.key), majorArray, uint64(len(list.names)))
		for _, name := range list.names {
			dst = appendText(dst, name)
		}
		dst[head]++
	}
	if g.Concurrency > 0 {
		dst = appendHead(appendText(dst, "concurrency"), majorUint, uint64(g.Concurrency))
		dst[head]++
	}
	if g.Language != "" {
		dst = appendText(appendText(dst, "language"), g.Language)
		dst[head]++
	}
	return closed(dst, start)
}
