package sdk_test

import (
	"testing"

	"github.com/fondaco/fondaco/conformance/workertest"
)

// The kinds of message that the tests here send and expect.
const (
	kindCall   = 1
	kindReply  = 3
	kindCancel = 5
)

const overlapping = `
const fondaco = require('fondaco');

async function later(text) {
  await fondaco.sleep(0.001);
  await new Promise((resolve) => setTimeout(resolve, 1));
  return 'got ' + await fondaco.call('other', 'f', text);
}

async function all(n) {
  const calls = [];
  for (let i = 0; i < n; i++) calls.push(fondaco.call('other', 'f', i));
  return await Promise.all(calls);
}

async function forgetful() {
  fondaco.call('other', 'f', 1);
  Promise.reject(new Error('nobody looks'));
  return 'done';
}

function echo(x) {
  return x;
}
`

// TestNodeParent has two calls overlap, each of which makes a call of its own
// after it has waited.
func TestNodeParent(t *testing.T) {
	p := workertest.Start(t, launch(t, "", plugin(t, "p.js", overlapping)))
	p.Call(5, "later", "five")
	p.Call(6, "later", "six")
	parents := map[string]int64{"five": 5, "six": 6}
	for _, r := range []workertest.Request{p.Request(), p.Request()} {
		text, _ := r.Args[0].(string)
		if got, _ := r.Options.Get("parent"); got != any(parents[text]) {
			t.Errorf("the call of %q names the parent %v, want %d", text, got, parents[text])
		}
		p.Send(r.ID, kindReply, text)
		p.ExpectReply(uint32(parents[text]), "got "+text)
	}
}

// TestNodeCancel cancels a call that waits for several others; the others'
// answers come too late and do no harm.
func TestNodeCancel(t *testing.T) {
	p := workertest.Start(t, launch(t, "", plugin(t, "p.js", overlapping)))
	p.Call(1, "all", 3)
	first, second, third := p.Request(), p.Request(), p.Request()
	p.Send(second.ID, kindReply, "in time")
	p.Send(1, kindCancel)
	if e := p.ExpectError(1, "user"); e.Class != "Canceled" {
		t.Errorf("the class is %q, want Canceled", e.Class)
	}
	p.Send(first.ID, kindReply, "too late")
	p.Send(third.ID, 4, "timeout", "", "too late")
	p.Call(2, "all", 2)
	a, b := p.Request(), p.Request()
	p.Send(b.ID, kindReply, "b")
	p.Send(a.ID, kindReply, "a")
	p.ExpectReply(2, []any{"a", "b"})
}

// TestNodeForgotten leaves a promise alone that fails.
func TestNodeForgotten(t *testing.T) {
	p := workertest.Start(t, launch(t, "", plugin(t, "p.js", overlapping)))
	p.Call(1, "forgetful")
	r := p.Request()
	p.ExpectReply(1, "done")
	p.Send(r.ID, 4, "timeout", "", "nobody looks")
	p.Call(2, "echo", "still here")
	p.ExpectReply(2, "still here")
}

// TestNodeOptions sends options among which there is a key that is not text.
func TestNodeOptions(t *testing.T) {
	p := workertest.Start(t, launch(t, "", kitNode))
	p.CallWith(1, workertest.Map{{Key: 7, Value: 7}, {Key: "guard", Value: true}}, "fib", 25)
	p.ExpectError(1, "no_function")
}
