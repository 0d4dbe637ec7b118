package value

import (
	"math"
	"math/big"
	"reflect"
	"time"

	"github.com/fondaco/fondaco/core"
)

var (
	timeType    = reflect.TypeFor[time.Time]()
	bigType     = reflect.TypeFor[big.Int]()
	regexType   = reflect.TypeFor[Regex]()
	channelType = reflect.TypeFor[Channel]()
	symbolType  = reflect.TypeFor[Symbol]()
	tupleType   = reflect.TypeFor[Tuple]()
	pairsType   = reflect.TypeFor[Pairs]()
)

// into reads the next value into v.
func (d *Decoder) into(v reflect.Value) error {
	if done, err := d.own(v); done {
		return err
	}
	switch v.Kind() {
	case reflect.Bool:
		b, err := d.Bool()
		v.SetBool(b)
		return err
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return d.signed(v)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return d.unsigned(v)
	case reflect.Float32, reflect.Float64:
		f, err := d.Float()
		if err == nil && v.Kind() == reflect.Float32 && v.OverflowFloat(f) && !math.IsInf(f, 0) {
			return mismatch("the float %v does not fit in %s", f, v.Type())
		}
		v.SetFloat(f)
		return err
	case reflect.String:
		s, err := d.Text()
		v.SetString(s)
		return err
	case reflect.Interface:
		return d.iface(v)
	case reflect.Pointer, reflect.Slice, reflect.Map:
		if err := d.peek(); err != nil {
			return err
		}
		if d.t.Kind == core.NilToken {
			d.have = false
			v.SetZero()
			return nil
		}
		return d.reference(v)
	case reflect.Array:
		return d.array(v)
	case reflect.Struct:
		return d.structure(v)
	}
	return mismatch("a Go variable of type %s cannot hold a value", v.Type())
}

// own reads into the types with a kind of their own.
func (d *Decoder) own(v reflect.Value) (done bool, err error) {
	switch v.Type() {
	case timeType:
		err = d.want("a time", core.TimeToken)
		v.Set(reflect.ValueOf(time.UnixMicro(d.t.Int).UTC()))
	case bigType:
		if err = d.want("an int", core.IntToken, core.BigToken); err == nil {
			v.Addr().Interface().(*big.Int).Set(bigInt(&d.t))
		}
	case regexType:
		err = d.want("a regex", core.RegexToken)
		v.Set(reflect.ValueOf(Regex{string(d.t.Bytes), d.t.Options}))
	case channelType:
		err = d.want("a channel", core.ChannelToken)
		v.SetUint(uint64(d.t.Int))
	case symbolType:
		err = d.want("a symbol", core.SymbolToken, core.TextToken)
		v.SetString(string(d.t.Bytes))
	case tupleType:
		if _, err = d.Begin(); err == nil {
			var list []any
			list, err = d.elements(d.t.Len)
			v.Set(reflect.ValueOf(Tuple(list)))
		}
	case pairsType:
		if _, err = d.BeginMap(); err == nil {
			var pairs Pairs
			pairs, err = d.pairs()
			v.Set(reflect.ValueOf(pairs))
		}
	default:
		return false, nil
	}
	return true, err
}

func (d *Decoder) iface(v reflect.Value) error {
	if v.NumMethod() > 0 {
		return mismatch("a Go variable of type %s cannot hold a value", v.Type())
	}
	x, err := d.Any()
	if x == nil {
		v.SetZero()
	} else {
		v.Set(reflect.ValueOf(x))
	}
	return err
}

func (d *Decoder) signed(v reflect.Value) error {
	i, err := d.Int()
	if err == nil && v.OverflowInt(i) {
		return mismatch("the int %d does not fit in %s", i, v.Type())
	}
	v.SetInt(i)
	return err
}

func (d *Decoder) unsigned(v reflect.Value) error {
	if err := d.want("an int", core.IntToken, core.BigToken); err != nil {
		return err
	}
	n := bigInt(&d.t)
	if !n.IsUint64() || v.OverflowUint(n.Uint64()) {
		return mismatch("the int %s does not fit in %s", short(n), v.Type())
	}
	v.SetUint(n.Uint64())
	return nil
}

// short returns n for an error message.
func short(n *big.Int) string {
	if n.BitLen() > 128 {
		return "of many digits"
	}
	return n.String()
}

// reference reads a value that is not nil into a pointer, slice or map.
func (d *Decoder) reference(v reflect.Value) error {
	switch v.Kind() {
	case reflect.Pointer:
		p := reflect.New(v.Type().Elem())
		if err := d.into(p.Elem()); err != nil {
			return err
		}
		v.Set(p)
		return nil
	case reflect.Map:
		return d.mapping(v)
	}
	if v.Type().Elem().Kind() == reflect.Uint8 {
		b, err := d.Bytes()
		v.SetBytes(append([]byte{}, b...))
		return err
	}
	n, err := d.Begin()
	if err != nil {
		return err
	}
	list := reflect.MakeSlice(v.Type(), 0, min(max(n, 0), room))
	for d.More() {
		x := reflect.New(v.Type().Elem()).Elem()
		if err := d.into(x); err != nil {
			return err
		}
		list = reflect.Append(list, x)
	}
	v.Set(list)
	return d.End()
}

func (d *Decoder) mapping(v reflect.Value) error {
	n, err := d.BeginMap()
	if err != nil {
		return err
	}
	m := reflect.MakeMapWithSize(v.Type(), min(max(n, 0), room))
	for d.More() {
		key, x := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		if err := d.into(key); err != nil {
			return err
		}
		if !key.Comparable() {
			return mismatch("a key of the map cannot be one in Go; decode into Pairs")
		}
		if err := d.into(x); err != nil {
			return err
		}
		m.SetMapIndex(key, x)
	}
	v.Set(m)
	return d.End()
}

func (d *Decoder) array(v reflect.Value) error {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		b, err := d.Bytes()
		if err == nil && len(b) != v.Len() {
			return mismatch("%d bytes are wanted, not %d", v.Len(), len(b))
		}
		reflect.Copy(v, reflect.ValueOf(b))
		return err
	}
	if _, err := d.Begin(); err != nil {
		return err
	}
	for i := range v.Len() {
		if err := d.into(v.Index(i)); err != nil {
			return err
		}
	}
	return d.End()
}

// structure reads a map into the fields of a struct.
func (d *Decoder) structure(v reflect.Value) error {
	if _, err := d.BeginMap(); err != nil {
		return err
	}
	list := fields(v.Type())
	for d.More() {
		index := -1
		if d.t.Kind == core.TextToken || d.t.Kind == core.SymbolToken {
			for i := range list {
				if list[i].name == string(d.t.Bytes) {
					index = i
				}
			}
		}
		if err := d.Skip(); err != nil {
			return err
		}
		if index < 0 {
			if err := d.Skip(); err != nil {
				return err
			}
			continue
		}
		if err := d.into(v.FieldByIndex(list[index].index)); err != nil {
			return fieldError(list[index].name, err)
		}
	}
	return d.End()
}

// fieldError names the field in a mismatch.
func fieldError(name string, err error) error {
	if e := core.AsError(err); e.Kind == core.KindUser {
		return mismatch("%s: %s", name, e.Message)
	}
	return err
}
