package sdk_test

import (
	"math"
	"testing"

	"github.com/fondaco/fondaco/conformance/workertest"
)

const kitNode = "../conformance/plugins/kit.js"

// inNode returns what JavaScript makes of a value: it has one kind of number,
// and times to the millisecond.
func inNode(v any) any {
	switch v := v.(type) {
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 && !(v == 0 && math.Signbit(v)) {
			return int64(v)
		}
	case workertest.Time:
		return v / 1000 * 1000
	}
	return v
}

func TestNode(t *testing.T) {
	w := launch(t, "", kitNode)
	w.Through = inNode
	workertest.Run(t, w)
}
