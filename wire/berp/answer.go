package berp

import (
	"errors"
	"fmt"

	"github.com/fondaco/fondaco/codec/bert"
	"github.com/fondaco/fondaco/core"
)

// ErrMalformed is wrapped by the errors for bytes that are no answer.
var ErrMalformed = errors.New("malformed answer")

// Answer is an answer taken apart. Term aliases the message, unless that was
// compressed.
type Answer struct {
	Word   string // "reply", "noreply" or "error"
	Term   []byte // of a reply, the result; of an error, what ParseFailure reads; checked, not decoded
	Strict bool   // Term holds only tags that every BERT library knows
}

// ParseAnswer takes an answer apart: what follows the length of its message.
func ParseAnswer(message []byte, limits core.Limits) (Answer, error) {
	term, err := bert.Open(nil, message, limits)
	if err != nil {
		return Answer{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	arity, pos := tuple(term)
	name, pos := atom(term, pos)
	word := string(name)
	switch {
	case pos == 0:
		return Answer{}, fmt.Errorf("%w: it is no tuple that begins with an atom", ErrMalformed)
	case word == "noreply" && arity == 1 && pos == len(term):
		return Answer{Word: word}, nil
	case word != "reply" && word != "error" || arity != 2:
		return Answer{}, fmt.Errorf("%w: a tuple {%.40s, ...} of %d elements", ErrMalformed, word, arity)
	}
	rest := term[pos:]
	n, strict, err := bert.Scan(rest, limits)
	if err != nil {
		return Answer{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if n != len(rest) {
		return Answer{}, fmt.Errorf("%w: %d bytes follow the term", ErrMalformed, len(rest)-n)
	}
	return Answer{Word: word, Term: rest, Strict: strict}, nil
}
