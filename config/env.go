package config

import (
	"fmt"
	"regexp"
	"strings"
)

// envPattern finds ${NAME}, and $${ which stands for ${ itself.
var envPattern = regexp.MustCompile(`\$\$\{|\$\{[^}]*\}?`)

var envName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// expand puts the environment's values in for every ${NAME} in a text, and
// tells whether there were any.
func (r *reader) expand(text string, pos Pos) (string, bool) {
	if !strings.Contains(text, "${") {
		return text, false
	}
	loose := false
	out := envPattern.ReplaceAllStringFunc(text, func(found string) string {
		if found == "$${" {
			return "${"
		}
		name := strings.TrimSuffix(strings.TrimPrefix(found, "${"), "}")
		if !envName.MatchString(name) || !strings.HasSuffix(found, "}") {
			r.fail(pos, fmt.Sprintf("%q is no variable's name", clip(found)), "write ${NAME}, or $${ for a plain ${")
			return ""
		}
		value, ok := r.env(name)
		if !ok {
			r.fail(pos, fmt.Sprintf("the environment has no variable %s", name), "set it before the server starts")
		}
		loose = true
		return value
	})
	return out, loose
}
