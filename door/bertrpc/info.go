package bertrpc

import (
	"math"
	"time"

	"github.com/fondaco/fondaco/codec/bert"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/wire/berp"
)

// info is what the infos in front of a request said. The zero value is what
// holds without any, but for a connection that is kept.
type info struct {
	count    int
	priority core.Priority
	timeout  time.Duration // 0: none
	kept     bool
	bad      error // the first known info with bad options
}

// shapeError is what is wrong with an info, in words.
type shapeError string

// Error returns the text.
func (e shapeError) Error() string { return string(e) }

const (
	errManyInfos     shapeError = "too many infos without a request"
	errBadPriority   shapeError = "the options of {info, priority, ...} are [high] or [low]"
	errBadDeadline   shapeError = "the options of {info, deadline, ...} are [Milliseconds], a positive integer"
	errBadConnection shapeError = "the options of {info, connection, ...} are [keep_alive]"
)

// maxTimeout is the longest deadline a client can ask for.
const maxTimeout = 366 * 24 * time.Hour

// take notes what an info says.
func (i *info) take(e *berp.Request, limits core.Limits) {
	i.count++
	bad := shapeError("")
	option, ok := single(e.Args, limits)
	word := ok && option.Kind == core.SymbolToken
	switch string(e.Module) {
	case "priority":
		switch {
		case word && string(option.Bytes) == "high":
			i.priority = core.High
		case word && string(option.Bytes) == "low":
			i.priority = core.Low
		default:
			bad = errBadPriority
		}
	case "deadline":
		if !ok || option.Kind != core.IntToken || option.Int <= 0 {
			bad = errBadDeadline
			break
		}
		i.timeout = maxTimeout
		if option.Int < math.MaxInt64/int64(time.Millisecond) {
			i.timeout = min(maxTimeout, time.Duration(option.Int)*time.Millisecond)
		}
	case "connection":
		if !word || string(option.Bytes) != "keep_alive" {
			bad = errBadConnection
			break
		}
		i.kept = true
	}
	if bad != "" && i.bad == nil {
		i.bad = bad
	}
}

// single returns the only token of options, which may stand in a list.
func single(options []byte, limits core.Limits) (core.Token, bool) {
	r := bert.Codec.NewReader()
	r.Reset(options, core.ReadOptions{Limits: limits})
	var t core.Token
	if r.Next(&t) != nil {
		return t, false
	}
	if t.Kind != core.ListToken {
		return t, true
	}
	if t.Len != 1 || r.Next(&t) != nil {
		return t, false
	}
	option := t
	option.Bytes = append([]byte(nil), t.Bytes...)
	return option, true
}
