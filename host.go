package fondaco

import (
	"context"
	"log/slog"

	"github.com/fondaco/fondaco/codec/value"
	"github.com/fondaco/fondaco/core"
)

// serveHost answers what plugins ask of the server itself: the module fondaco.
func (s *Server) serveHost(_ context.Context, req *core.Request) (core.Body, error) {
	switch req.Function {
	case "log":
		return core.Body{}, s.logFor(req)
	}
	return core.Body{}, core.NewError(core.KindNoFunction, "the server has no function "+req.Function+"; it has log")
}

// logFor writes a plugin's line: fondaco.log(level, text).
func (s *Server) logFor(req *core.Request) error {
	var args []any
	if err := value.Unmarshal(req.Args, &args); err != nil {
		return argumentError("log cannot read its arguments: " + err.Error())
	}
	words := make([]string, 0, 2)
	for _, a := range args {
		if text, ok := a.(string); ok {
			words = append(words, text)
		}
	}
	if len(words) != 2 || len(args) != 2 {
		return argumentError("log wants a level and a text")
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(words[0])); err != nil {
		return argumentError("log knows the levels debug, info, warn and error, not " + words[0])
	}
	s.plugins.Log(context.Background(), level, words[1], "plugin", req.Caller.Plugin)
	return nil
}

func argumentError(text string) error {
	return &core.Error{Kind: core.KindUser, Class: "ArgumentError", Message: text}
}
