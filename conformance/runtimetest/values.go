package runtimetest

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/fondaco/fondaco/codec/value"
)

// show returns a value in a form in which those are equal that the language
// cannot tell apart.
func (k *kit) show(v any) string {
	switch v := v.(type) {
	case int:
		return fmt.Sprint("int ", v)
	case int64:
		return fmt.Sprint("int ", v)
	case *big.Int:
		return "int " + v.String()
	case float64:
		if k.features.OneNumber && v == math.Trunc(v) && !math.IsInf(v, 0) {
			n, _ := new(big.Float).SetFloat64(v).Int(nil)
			return "int " + n.String()
		}
		return fmt.Sprint("float ", v)
	case string:
		return fmt.Sprintf("text %q", v)
	case []byte:
		if k.features.OneString && utf8.Valid(v) {
			return fmt.Sprintf("text %q", v)
		}
		return fmt.Sprintf("bytes %x", v)
	case time.Time:
		return "time " + v.UTC().Format(time.RFC3339Nano)
	case []any:
		return "[" + k.showAll(v) + "]"
	case value.Tuple:
		return "(" + k.showAll(v) + ")"
	case map[string]any, map[any]any, value.Pairs:
		return k.showMap(v)
	}
	return fmt.Sprintf("%T %v", v, v)
}

func (k *kit) showAll(list []any) string {
	parts := make([]string, len(list))
	for i, v := range list {
		parts[i] = k.show(v)
	}
	return strings.Join(parts, ", ")
}

func (k *kit) showMap(v any) string {
	var parts []string
	add := func(key, value any) { parts = append(parts, k.show(key)+": "+k.show(value)) }
	switch v := v.(type) {
	case map[string]any:
		for key, e := range v {
			add(key, e)
		}
	case map[any]any:
		for key, e := range v {
			add(key, e)
		}
	case value.Pairs:
		for _, p := range v {
			add(p.Key, p.Value)
		}
	}
	slices.Sort(parts)
	return "{" + strings.Join(parts, ", ") + "}"
}
