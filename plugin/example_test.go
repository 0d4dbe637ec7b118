package plugin_test

import (
	"context"
	"fmt"

	"github.com/fondaco/fondaco/plugin"
)

// A worker is a program whose main registers its functions and calls Main.
func Example() {
	m := plugin.New()
	m.Func("add", func(a, b int64) int64 { return a + b })
	m.Func("fib", fib).Pred("fib", func(n int) bool { return n < 90 })
	m.Func("both", func(ctx context.Context, a, b int64) (sum int64, err error) {
		err = plugin.Call(ctx, &sum, "math", "add", a, b)
		return sum, err
	})
	fmt.Println(m.Functions(), m.Guards(), m.Err())
	// plugin.Main(m) would serve them.

	// Output: [add both fib] [fib] <nil>
}

func fib(n int) int {
	if n < 2 {
		return n
	}
	return fib(n-1) + fib(n-2)
}

// F2 spares a function the reflection.
func ExampleF2() {
	m := plugin.New()
	m.Func("repeat", plugin.F2(func(_ context.Context, text string, n int) (string, error) {
		return fmt.Sprint(text, n), nil
	}))
	fmt.Println(m.Functions())

	// Output: [repeat]
}
