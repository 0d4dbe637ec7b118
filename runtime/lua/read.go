package lua

import (
	"fmt"
	"math"
	"math/big"

	glua "github.com/yuin/gopher-lua"

	"github.com/fondaco/fondaco/core"
)

// maxHoles bounds the empty places that the integer keys of one message's maps
// may open in tables, which store such keys in arrays.
const maxHoles = 1 << 20

// maxRoom bounds what is allocated for a container before its elements are
// read.
const maxRoom = 1 << 10

// reader turns tokens into Lua values. One belongs to each instance.
type reader struct {
	state  *glua.LState
	forms  *forms
	tokens core.TokenReader
	token  core.Token
	holes  int
}

// next returns the next value, or nil when a container ends instead.
func (r *reader) next() (glua.LValue, error) {
	if err := r.tokens.Next(&r.token); err != nil {
		return nil, err
	}
	return r.value()
}

// value returns the value that begins with the token just read. A nil of the
// message is Lua's nil: containers turn it into null.
func (r *reader) value() (glua.LValue, error) {
	switch t := &r.token; t.Kind {
	case core.NilToken:
		return glua.LNil, nil
	case core.BoolToken:
		return glua.LBool(t.Bool), nil
	case core.IntToken:
		if -maxExact <= t.Int && t.Int <= maxExact {
			return glua.LNumber(t.Int), nil
		}
		return r.forms.wrap(integer{big.NewInt(t.Int)}), nil
	case core.BigToken:
		n := new(big.Int).SetBytes(t.Bytes)
		if t.Neg {
			n.Neg(n)
		}
		return r.forms.wrap(integer{n}), nil
	case core.FloatToken:
		return glua.LNumber(t.Float), nil
	case core.TextToken, core.BytesToken:
		return glua.LString(t.Bytes), nil
	case core.SymbolToken:
		return r.forms.wrap(symbol{string(t.Bytes)}), nil
	case core.TimeToken:
		return r.forms.wrap(moment{t.Int}), nil
	case core.RegexToken:
		return r.forms.wrap(regex{string(t.Bytes), t.Options}), nil
	case core.ChannelToken:
		return r.forms.wrap(channel{t.Int}), nil
	case core.ListToken:
		return r.sequence(t.Len, nil)
	case core.TupleToken:
		return r.sequence(t.Len, r.forms.tuple)
	case core.MapToken:
		return r.dict(t.Len)
	case core.EndToken:
		return nil, nil
	default:
		return nil, core.NewError(core.KindProtocol, fmt.Sprintf("a %v has no form in Lua", t.Kind))
	}
}

func (r *reader) sequence(n int, meta *glua.LTable) (glua.LValue, error) {
	table := r.state.CreateTable(min(n, maxRoom), 0)
	if meta != nil {
		table.Metatable = meta
	}
	for {
		v, err := r.next()
		if err != nil {
			return nil, err
		}
		if v == nil {
			return table, nil
		}
		table.Append(r.present(v))
	}
}

// dict reads a map. It is marked as one where the table would look like a list.
func (r *reader) dict(n int) (glua.LValue, error) {
	table := r.state.CreateTable(0, min(n, maxRoom))
	pairs := 0
	for ; ; pairs++ {
		key, err := r.next()
		if err != nil {
			return nil, err
		}
		if key == nil {
			break
		}
		value, err := r.next()
		if err != nil {
			return nil, err
		}
		if value == nil {
			return nil, core.NewError(core.KindProtocol, "a map ends after a key")
		}
		if err := r.set(table, key, r.present(value)); err != nil {
			return nil, err
		}
	}
	if table.Len() == pairs {
		table.Metatable = r.forms.dict
	}
	return table, nil
}

// set stores a pair of a map.
func (r *reader) set(table *glua.LTable, key, value glua.LValue) error {
	switch k := key.(type) {
	case glua.LString:
		table.RawSetString(string(k), value)
		return nil
	case glua.LNumber:
		f := float64(k)
		if math.IsNaN(f) {
			return &core.Error{Kind: core.KindUser, Class: "ValueError", Message: "a map with the key NaN has no form in Lua"}
		}
		if hole := f - float64(table.MaxN()) - 1; hole > 0 && f == math.Trunc(f) && f < float64(glua.MaxArrayIndex) {
			if hole > maxHoles || r.holes+int(hole) > maxHoles {
				return &core.Error{Kind: core.KindUser, Class: "ValueError",
					Message: fmt.Sprintf("the integer keys of a map are too far apart for Lua (at %.0f); use text keys", f)}
			}
			r.holes += int(hole)
		}
	}
	table.RawSet(r.present(key), value)
	return nil
}

// present replaces nil, which no table can hold.
func (r *reader) present(v glua.LValue) glua.LValue {
	if v == glua.LNil {
		return r.forms.null
	}
	return v
}
