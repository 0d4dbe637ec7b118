package funcs

import (
	"errors"
	"fmt"
	"runtime"
	"strings"

	"github.com/fondaco/fondaco/core"
)

// userError returns err as a user error: as it is when it is one, else one
// whose class tells the kind of a core.Error, or err's Go type.
func userError(err error) error {
	var e *core.Error
	if !errors.As(err, &e) {
		return &core.Error{Kind: core.KindUser, Class: typeName(err), Message: err.Error()}
	}
	if e.Kind == core.KindUser {
		return err
	}
	return &core.Error{Kind: core.KindUser, Class: e.Kind.Class(), Message: e.Detail(), Backtrace: e.Backtrace}
}

// typeName is the Go type of an error, without the pointer; types that say
// nothing are just Error.
func typeName(v any) string {
	name := strings.TrimPrefix(fmt.Sprintf("%T", v), "*")
	switch name {
	case "errors.errorString", "errors.joinError", "fmt.wrapError", "fmt.wrapErrors", "string":
		return "Error"
	}
	return name
}

// maxFrames bounds the backtrace of a panic.
const maxFrames = 50

// contain is deferred around a plugin's function: it turns a panic into a user
// error in *err.
func contain(err *error) {
	fault := recover()
	if fault == nil {
		return
	}
	message := fmt.Sprint(fault)
	class := "panic"
	if e, ok := fault.(error); ok {
		class = typeName(e)
	}
	pcs := make([]uintptr, maxFrames)
	*err = &core.Error{Kind: core.KindUser, Class: class, Message: message, Backtrace: backtrace(pcs[:runtime.Callers(2, pcs)])}
}

// backtrace returns the frames between the panic and the call of the function.
func backtrace(pcs []uintptr) []string {
	var lines []string
	frames := runtime.CallersFrames(pcs)
	for {
		f, more := frames.Next()
		if f.Function == handlePath+"(*Instance).Handle" || f.Function == handlePath+"(*Instance).handleTyped" {
			break
		}
		if !strings.HasPrefix(f.Function, "runtime.") && !strings.HasPrefix(f.Function, "reflect.") && !strings.HasPrefix(f.Function, handlePath) {
			lines = append(lines, fmt.Sprintf("%s:%d: in %s", f.File, f.Line, f.Function))
		}
		if !more {
			break
		}
	}
	return lines
}

// handlePath is how the names of this package's functions begin.
const handlePath = "github.com/fondaco/fondaco/funcs."
