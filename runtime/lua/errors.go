package lua

import (
	"errors"
	"regexp"
	"strings"
	"unsafe"

	glua "github.com/yuin/gopher-lua"

	"github.com/fondaco/fondaco/core"
)

// place matches what the engine puts before the message of an error.
var place = regexp.MustCompile(`^(\S+:\d+:) `)

// userError turns what a call of the function name, in file, failed with into
// the caller's error.
func userError(err error, file, name string) *core.Error {
	var failed *glua.ApiError
	if !errors.As(err, &failed) {
		return core.AsError(err)
	}
	e := &core.Error{Kind: core.KindUser, Class: "Error"}
	switch object := failed.Object.(type) {
	case glua.LString:
		e.Message = string(object)
	case *glua.LTable:
		fromTable(e, object)
	case *glua.LUserData:
		e.Message = show(object.Value)
	default:
		e.Message = object.String()
	}
	first := ""
	if strings.HasPrefix(e.Message, file+":") {
		if found := place.FindStringSubmatch(e.Message); found != nil {
			first, e.Message = found[1], e.Message[len(found[0]):]
		}
	}
	if failed.Type == glua.ApiErrorPanic {
		e.Class = "InternalError"
	}
	if len(e.Backtrace) == 0 {
		e.Backtrace = traceback(failed.StackTrace, first, name)
	}
	return e
}

// fromTable reads an error a script raised as a table, such as fondaco.call
// does.
func fromTable(e *core.Error, table *glua.LTable) {
	text := func(key string) string {
		s, _ := table.RawGetString(key).(glua.LString)
		return string(s)
	}
	if e.Message = text("message"); e.Message == "" {
		e.Message = "an error that is a table without message"
	}
	if class := text("class"); class != "" {
		e.Class = class
	}
	if kind, ok := core.ParseErrorKind(text("kind")); ok && kind != core.KindUser {
		e.Class = kind.Class()
	}
	if lines, ok := table.RawGetString("backtrace").(*glua.LTable); ok {
		for i := 1; i <= min(lines.Len(), maxTrace); i++ {
			e.Backtrace = append(e.Backtrace, glua.LVAsString(lines.RawGetInt(i)))
		}
	}
}

// maxTrace bounds the lines of a backtrace that a script made up.
const maxTrace = 100

// traceback returns the engine's stack trace as a list, innermost frame first,
// without frames that are not the plugin's. first is the place the message
// named, name the function that the server called, which the engine takes for
// a whole file.
func traceback(trace, first, name string) []string {
	var lines []string
	for line := range strings.Lines(trace) {
		line = strings.TrimSpace(line)
		if line == "stack traceback:" || strings.HasPrefix(line, "[G]:") {
			continue
		}
		if at, ok := strings.CutSuffix(line, " in main chunk"); ok && name != "" {
			line = at + " in function '" + name + "'"
		}
		lines = append(lines, line)
	}
	if first != "" && (len(lines) == 0 || !strings.HasPrefix(lines[0], first)) {
		lines = append([]string{strings.TrimSuffix(first, ":")}, lines...)
	}
	return lines
}

// placeOf returns file, with the line where err arose when its backtrace begins
// in that file.
func placeOf(err error, file string) string {
	var e *core.Error
	if !errors.As(err, &e) || len(e.Backtrace) == 0 {
		return file
	}
	rest, here := strings.CutPrefix(e.Backtrace[0], file+":")
	if line, _, _ := strings.Cut(rest, ":"); here && line != "" {
		return file + ":" + line
	}
	return file
}

// stringBytes returns the bytes of s without copying; they must not be changed.
func stringBytes(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
