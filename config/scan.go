package config

import (
	"fmt"

	"github.com/goccy/go-yaml/token"
)

// The bounds on a configuration file, which hold before it is parsed.
const (
	maxFile  = 1 << 20 // bytes
	maxDepth = 64      // levels of lists and maps, aliases expanded
	maxNodes = 100_000 // values, aliases expanded
	maxLine  = 256     // indicators such as - ? : & ! in one line
	maxToken = 100_000 // words and indicators
	maxEmpty = 10_000  // lines that end in an indicator
)

// parsable makes sure that the parser, which calls itself for every level and
// copies the rest of the file at every empty entry, runs out of neither stack
// nor time.
func (r *reader) parsable(tokens token.Tokens) bool {
	if len(tokens) > maxToken {
		r.fail(place(tokens[maxToken]), fmt.Sprintf("the file has more than %d words", maxToken), "make it smaller")
		return false
	}
	flow, line, indicators, empty, last := 0, 0, 0, 0, token.UnknownType
	for _, t := range tokens {
		if t.Position.Line != line && t.Type != token.TagType && t.Type != token.AnchorType {
			if last == token.SequenceEntryType || last == token.MappingKeyType || last == token.MappingValueType {
				empty++
			}
			line, indicators = t.Position.Line, 0
		}
		last = t.Type
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow--
		case token.SequenceEntryType, token.MappingKeyType, token.AnchorType, token.TagType, token.DirectiveType:
			indicators++
		case token.MappingValueType:
			if flow == 0 {
				indicators++
			}
		}
		if empty > maxEmpty {
			r.fail(place(t), fmt.Sprintf("more than %d lines end in - or ? or :", maxEmpty), "make the file smaller")
			return false
		}
		if flow > maxDepth || indicators > maxLine {
			r.fail(place(t), fmt.Sprintf("lists and maps are nested deeper than %d levels", maxDepth), "flatten it")
			return false
		}
	}
	return true
}

// place returns where a token stands.
func place(t *token.Token) Pos {
	if t == nil || t.Position == nil {
		return Pos{Line: 1, Column: 1}
	}
	return Pos{Line: max(t.Position.Line, 1), Column: max(t.Position.Column, 1)}
}
