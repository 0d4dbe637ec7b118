package native_test

import (
	"context"
	"fmt"

	"github.com/fondaco/fondaco/codec/json"
	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/runtime/native"
)

// A module of Go functions is loaded and called as the server does it.
func Example() {
	m := native.New()
	m.Func("add", func(a, b int64) int64 { return a + b })
	m.Func("half", func(n int) (int, error) {
		if n%2 != 0 {
			return 0, fmt.Errorf("%d is odd", n)
		}
		return n / 2, nil
	})
	p, err := native.Runtime{}.Load(context.Background(), config.Plugin{Module: "math", Native: m})
	if err != nil {
		panic(err)
	}
	in, err := p.New(context.Background(), nil)
	if err != nil {
		panic(err)
	}
	for _, call := range [][2]string{{"add", "[1,2]"}, {"half", "[7]"}, {"add", `[1,"two"]`}} {
		body, err := in.Handle(context.Background(), &core.Request{Module: "math", Function: call[0],
			Args: core.Body{Codec: json.Codec, Data: []byte(call[1])}})
		fmt.Println(string(body.Data), err)
	}

	// Output:
	// 3 <nil>
	//  user: Error: 7 is odd
	//  user: TypeError: math.add: argument 2: an int is wanted, not text
}
