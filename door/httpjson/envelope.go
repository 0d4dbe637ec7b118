package httpjson

import (
	"bytes"
	stdjson "encoding/json"
	"strings"

	"github.com/fondaco/fondaco/codec/json"
	"github.com/fondaco/fondaco/core"
)

// call is one request of JSON-RPC. Its slices are parts of the message.
type call struct {
	id       []byte // nil: none, a notification
	module   string
	function string
	args     []byte
	err      *rpcError // the request is not one
}

// rpcError is what a bad request is answered with.
type rpcError struct {
	code int
	*core.Error
}

func invalid(code int, message string) *rpcError {
	return &rpcError{code, core.NewError(core.KindProtocol, message)}
}

// parse reads one request, whose JSON was checked before.
func parse(data []byte, limits core.Limits) call {
	c := call{args: []byte("[]")}
	var version, method, params []byte
	seen := 0
	err := members(data, limits, func(name string, value []byte) {
		field := map[string]*[]byte{"jsonrpc": &version, "method": &method, "params": &params, "id": &c.id}[name]
		if field == nil {
			return
		}
		if *field != nil {
			seen++
		}
		*field = value
	})
	switch {
	case err != nil:
		return call{id: null, err: invalid(codeInvalid, "a request is an object")}
	case seen > 0:
		return call{id: null, err: invalid(codeInvalid, "a member stands twice in the request")}
	case !isID(c.id):
		return call{id: null, err: invalid(codeInvalid, "the id is neither a string, a number nor null")}
	}
	var name string
	switch {
	case text(version) != "2.0":
		c.err = invalid(codeInvalid, `the member "jsonrpc" must be "2.0"`)
	case len(method) == 0 || method[0] != '"':
		c.err = invalid(codeInvalid, `the member "method" must be a string`)
	case len(params) > 0 && params[0] == '{':
		c.args = append(append([]byte{'['}, params...), ']')
	case len(params) > 0 && params[0] != '[':
		c.err = invalid(codeParams, `the member "params" must be a list or an object`)
	case params != nil:
		c.args = params
	}
	if name = text(method); c.err == nil {
		dot := strings.LastIndexByte(name, '.')
		if dot <= 0 || !isName(name[:dot]) || !isName(name[dot+1:]) {
			c.err = &rpcError{codeNotFound, core.NewError(core.KindNoFunction, "a method is called module.function, such as math.add")}
		} else {
			c.module, c.function = strings.Clone(name[:dot]), strings.Clone(name[dot+1:])
		}
	}
	if c.err != nil && c.id == nil && c.err.code == codeInvalid {
		c.id = null // it may not even have been meant as a notification
	}
	return c
}

var null = []byte("null")

// isID accepts what JSON-RPC does; nil is no id.
func isID(id []byte) bool {
	return id == nil || id[0] == '"' || id[0] == '-' || id[0] >= '0' && id[0] <= '9' || bytes.Equal(id, null)
}

// text returns the value of a JSON string, "" for anything else.
func text(data []byte) string {
	if len(data) < 2 || data[0] != '"' {
		return ""
	}
	if bytes.IndexByte(data, '\\') < 0 {
		return string(data[1 : len(data)-1])
	}
	var s string
	if stdjson.Unmarshal(data, &s) != nil {
		return ""
	}
	return s
}

// members calls f with each member of an object.
func members(data []byte, limits core.Limits, f func(name string, value []byte)) error {
	return each(data, '{', limits, func(item, rest []byte) ([]byte, error) {
		rest = trim(rest)
		if len(item) == 0 || item[0] != '"' || len(rest) == 0 || rest[0] != ':' {
			return nil, core.ErrProtocol
		}
		value, rest, err := take(rest[1:], limits)
		if err == nil {
			f(text(item), value)
		}
		return rest, err
	})
}

// elements returns the values of an array, as long as there are no more than
// most.
func elements(data []byte, limits core.Limits, most int) ([][]byte, error) {
	var list [][]byte
	err := each(data, '[', limits, func(item, rest []byte) ([]byte, error) {
		if list = append(list, item); len(list) > most {
			return nil, core.ErrOverloaded
		}
		return rest, nil
	})
	return list, err
}

// each walks over a container that begins with open. f is given an item and
// what follows it, and returns what it left of that.
func each(data []byte, open byte, limits core.Limits, f func(item, rest []byte) ([]byte, error)) error {
	data = trim(data)
	if len(data) < 2 || data[0] != open {
		return core.ErrProtocol
	}
	end := open + 2 // '{' and '}', '[' and ']' lie two apart
	rest := trim(data[1:])
	if len(rest) > 0 && rest[0] == end {
		return nil
	}
	for {
		item, after, err := take(rest, limits)
		if err == nil {
			rest, err = f(item, after)
		}
		if err != nil {
			return err
		}
		rest = trim(rest)
		switch {
		case len(rest) > 0 && rest[0] == end:
			return nil
		case len(rest) == 0 || rest[0] != ',':
			return core.ErrProtocol
		}
		rest = rest[1:]
	}
}

// take cuts the value off the start of data.
func take(data []byte, limits core.Limits) (value, rest []byte, err error) {
	data = trim(data)
	n, _, err := json.Scan(data, limits)
	if err != nil {
		return nil, nil, err
	}
	return trim(data[:n:n]), data[n:], nil
}
