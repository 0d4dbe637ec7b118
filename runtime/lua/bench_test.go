package lua

import (
	"testing"

	glua "github.com/yuin/gopher-lua"

	"github.com/fondaco/fondaco/codec/bert"
	"github.com/fondaco/fondaco/codec/cbor"
	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/core"
)

const benchSource = `
function echo(x) return x end
function fib(n) if n < 2 then return n end return fib(n-1) + fib(n-2) end`

// BenchmarkCall compares a call through an instance, from bytes to bytes, with
// the engine alone, from Lua value to Lua value.
func BenchmarkCall(b *testing.B) {
	text := string(make([]byte, 100))
	b.Run("engine", func(b *testing.B) {
		state := glua.NewState()
		defer state.Close()
		if err := state.DoString(benchSource); err != nil {
			b.Fatal(err)
		}
		fn := state.GetGlobal("echo")
		b.ReportAllocs()
		for b.Loop() {
			if err := state.CallByParam(glua.P{Fn: fn, NRet: 1, Protect: true}, glua.LString(text)); err != nil {
				b.Fatal(err)
			}
			_ = string(state.Get(-1).(glua.LString))
			state.Pop(1)
		}
	})
	for _, c := range []core.Codec{cbor.Codec, bert.Codec} {
		b.Run(c.Name(), func(b *testing.B) {
			in := benchInstance(b)
			w := c.NewWriter()
			w.Reset(nil)
			for _, t := range []core.Token{{Kind: core.ListToken, Len: 1}, {Kind: core.TextToken, Bytes: []byte(text)}, {Kind: core.EndToken}} {
				if err := w.Put(&t); err != nil {
					b.Fatal(err)
				}
			}
			args, err := w.Bytes()
			if err != nil {
				b.Fatal(err)
			}
			req := &core.Request{Module: "m", Function: "echo", Args: core.Body{Codec: c, Data: args}, Reply: make([]byte, 0, 256)}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := in.Handle(b.Context(), req); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkFib compares computing with the brake and without.
func BenchmarkFib(b *testing.B) {
	b.Run("engine", func(b *testing.B) {
		state := glua.NewState()
		defer state.Close()
		if err := state.DoString(benchSource); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if err := state.CallByParam(glua.P{Fn: state.GetGlobal("fib"), NRet: 1, Protect: true}, glua.LNumber(20)); err != nil {
				b.Fatal(err)
			}
			state.Pop(1)
		}
	})
	b.Run("instance", func(b *testing.B) {
		in := benchInstance(b)
		req := &core.Request{Module: "m", Function: "fib", Args: core.Body{Codec: cbor.Codec, Data: []byte{0x81, 20}}}
		for b.Loop() {
			if _, err := in.Handle(b.Context(), req); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func benchInstance(b *testing.B) *instance {
	proto, err := compile([]byte(benchSource), "bench.lua")
	if err != nil {
		b.Fatal(err)
	}
	in := newInstance(config.Plugin{File: "bench.lua", Module: "m"}, nil)
	if err := in.load(b.Context(), proto); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { in.Close() })
	return in
}
