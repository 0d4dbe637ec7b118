// Package value turns values in any codec into Go values and back. Marshal and
// Unmarshal do whole values, by reflection; a Decoder reads a body element by
// element, for functions that know the types of their arguments.
//
// Into an empty interface come nil, bool, int64, *big.Int (beyond 64 bits),
// float64, string, []byte, Symbol, []any, Tuple, map[string]any when all keys
// are text (an empty map, too), else map[any]any when all keys can be keys in
// Go, else Pairs; time.Time in UTC, Regex and Channel. All of these, and the
// usual Go types, are written.
//
// Structs are maps: a field's key is given by its tag `fondaco:"name"`, else
// by its json tag, else it is the field's name; the name "-" leaves the field
// out, and the option omitempty a zero field. Keys without a field are passed
// over.
package value

import (
	"fmt"
	"reflect"
	"strings"
	"sync"

	"github.com/fondaco/fondaco/core"
)

// Symbol is a name: an atom of Erlang's, a symbol of Ruby's.
type Symbol string

// Tuple is a sequence of fixed length, which Erlang and Python tell from
// lists.
type Tuple []any

// Regex is a regular expression. Source is in Perl's syntax, as far as the
// languages agree on one.
type Regex struct {
	Source  string
	Options core.RegexOptions
}

// Channel is the id of a client connection.
type Channel uint64

// Pair is one key of a map with its value.
type Pair struct{ Key, Value any }

// Pairs is a map in the order it was written in. Its keys can be anything.
type Pairs []Pair

// A value that cannot be put into the Go variable that is there for it. The
// caller sent it, so it is a user error.
func mismatch(format string, args ...any) error {
	return &core.Error{Kind: core.KindUser, Class: "TypeError", Message: fmt.Sprintf(format, args...)}
}

// field is one field of a struct.
type field struct {
	name  string
	index []int
	omit  bool
}

// fieldCache saves the fields of each struct type; the types of a program are
// few.
var fieldCache sync.Map // reflect.Type -> []field

func fields(t reflect.Type) []field {
	if f, ok := fieldCache.Load(t); ok {
		return f.([]field)
	}
	var list []field
	for _, f := range reflect.VisibleFields(t) {
		tag, ok := f.Tag.Lookup("fondaco")
		if !ok {
			tag, ok = f.Tag.Lookup("json")
		}
		if !f.IsExported() || f.Anonymous && !ok || len(f.Index) > 1 && viaPointer(t, f.Index) {
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		if name == "-" {
			continue
		}
		if name == "" {
			name = f.Name
		}
		list = append(list, field{name, f.Index, strings.Contains(options, "omitempty")})
	}
	fieldCache.Store(t, list)
	return list
}

// viaPointer reports whether a promoted field is reached through a pointer,
// which may be nil.
func viaPointer(t reflect.Type, index []int) bool {
	for _, i := range index[:len(index)-1] {
		if t = t.Field(i).Type; t.Kind() == reflect.Pointer {
			return true
		}
	}
	return false
}
