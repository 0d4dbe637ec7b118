package workertest

import (
	"encoding/hex"
	"fmt"
	"math/big"
	"sort"
	"strconv"
	"strings"
)

// The forms that values take in this package besides nil, bool, int64,
// *big.Int, float64, string for text, []byte and []any for a list. Any other
// integer type may be given where a value is sent.
type (
	// Symbol is a symbol.
	Symbol string
	// Tuple is a tuple.
	Tuple []any
	// Map is a map, in the order of its bytes.
	Map []Pair
	// Pair is one entry of a map.
	Pair struct{ Key, Value any }
	// Time is a point in time, in microseconds since 1970.
	Time int64
	// Regex is a regular expression with the options of core.RegexOptions.
	Regex struct {
		Source  string
		Options uint8
	}
	// Channel is the id of a channel.
	Channel int64
)

// Get returns the value of a text key.
func (m Map) Get(key string) (any, bool) {
	for _, p := range m {
		if p.Key == any(key) {
			return p.Value, true
		}
	}
	return nil, false
}

// Show returns a value as text, such that two values are the same if and only
// if their texts are: whatever the order of a map or the size of an integer.
func Show(v any) string {
	switch v := v.(type) {
	case nil:
		return "nil"
	case bool:
		return strconv.FormatBool(v)
	case int, int64, uint64, *big.Int:
		return fmt.Sprint(v)
	case float64:
		return "float " + strconv.FormatFloat(v, 'g', -1, 64)
	case string:
		return strconv.Quote(v)
	case []byte:
		return "bytes " + hex.EncodeToString(v)
	case Symbol:
		return "symbol " + strconv.Quote(string(v))
	case []any:
		return "[" + join(v) + "]"
	case Tuple:
		return "(" + join(v) + ")"
	case Map:
		pairs := make([]string, len(v))
		for i, p := range v {
			pairs[i] = Show(p.Key) + ": " + Show(p.Value)
		}
		sort.Strings(pairs)
		return "{" + strings.Join(pairs, ", ") + "}"
	default:
		return fmt.Sprintf("%T %v", v, v)
	}
}

// join shows the elements of a list.
func join(values []any) string {
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = Show(v)
	}
	return strings.Join(parts, ", ")
}
