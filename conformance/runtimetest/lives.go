package runtimetest

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/pool"
)

var lives = []property{
	{"interrupt of a waiting call", []string{"relay", "echo"}, testInterruptWaiting},
	{"interrupt of an endless loop", []string{"echo"}, testInterruptLoop},
	{"interrupt of nothing", []string{"echo"}, testInterruptNothing},
	{"close in mid-call", []string{"relay"}, testClose},
	{"many instances", []string{"add"}, testMany},
	{"calls side by side", []string{"add"}, testSideBySide},
	{"stop", []string{"echo"}, testStop},
}

// eventually waits until condition holds, and reports whether it did.
func eventually(condition func() bool) bool {
	for began := time.Now(); time.Since(began) < patience; {
		if condition() {
			return true
		}
		runtime.Gosched()
		time.Sleep(time.Millisecond)
	}
	return false
}

// begin runs req on a goroutine and returns where its error comes.
func begin(in pool.Instance, req *core.Request) chan error {
	end := make(chan error, 1)
	go func() {
		_, err := in.Handle(context.Background(), req)
		end <- err
	}()
	return end
}

// ended waits for the error of a call that was begun.
func (k *kit) ended(end chan error) error {
	k.Helper()
	select {
	case err := <-end:
		if err == nil {
			k.Fatal("the call returned as if nothing had happened")
		}
		return err
	case <-time.After(patience):
		k.Fatal("the call does not return")
		return nil
	}
}

func testInterruptWaiting(k *kit) {
	h := newHost()
	in := k.start(h)
	stopper, ok := in.(core.Interrupter)
	if !ok {
		k.Skip("the runtime cannot interrupt")
	}
	req := k.request("relay", "other", "wait", 1)
	end := begin(in, req)
	<-h.waiting
	stopper.Interrupt(k.request("relay"), core.ErrCanceled)
	stopper.Interrupt(req, core.ErrTimeout)
	err := k.ended(end)
	k.is("relay", err, core.ErrTimeout)
	k.afterwards(in, err)
}

func testInterruptLoop(k *kit) {
	if !k.features.Spins {
		k.Skip("the runtime cannot stop a loop")
	}
	in := k.start(newHost())
	req := k.request("spin")
	end := begin(in, req)
	var err error
	if !eventually(func() bool {
		in.(core.Interrupter).Interrupt(req, core.ErrTimeout)
		select {
		case err = <-end:
			return true
		default:
			return false
		}
	}) {
		k.Fatal("the loop goes on")
	}
	k.is("spin", err, core.ErrTimeout)
	k.afterwards(in, err)
}

// afterwards checks that the instance answers, unless err was its last.
func (k *kit) afterwards(in pool.Instance, err error) {
	k.Helper()
	if isBroken(err) {
		return
	}
	k.alive(in)
}

func testInterruptNothing(k *kit) {
	in := k.start(newHost())
	stopper, ok := in.(core.Interrupter)
	if !ok {
		k.Skip("the runtime cannot interrupt")
	}
	req := k.request("echo", 1)
	for range 10 {
		k.expectRequest(in, 1, req)
		stopper.Interrupt(req, core.ErrTimeout)
	}
	k.alive(in)
}

func testClose(k *kit) {
	h := newHost()
	in := k.start(h)
	end := begin(in, k.request("relay", "other", "wait", 1))
	<-h.waiting
	closed := make(chan error, 1)
	go func() { closed <- in.Close() }()
	k.ended(end)
	select {
	case err := <-closed:
		if err != nil {
			k.Errorf("Close: %v", err)
		}
	case <-time.After(patience):
		k.Fatal("Close does not return")
	}
	if _, err := in.Handle(k.Context(), k.request("echo", 1)); err == nil {
		k.Error("a closed instance answers")
	}
}

func testMany(k *kit) {
	p := k.load()
	const instances = 8
	errs := make(chan error, instances)
	for range instances {
		go func() {
			in, err := p.New(context.Background(), newHost())
			if err != nil {
				errs <- err
				return
			}
			_, err = in.Handle(context.Background(), k.request("add", 1, 2))
			if e := in.Close(); err == nil {
				err = e
			}
			errs <- err
		}()
	}
	for range instances {
		if err := <-errs; err != nil {
			k.Error(err)
		}
	}
}

func testSideBySide(k *kit) {
	in := k.start(newHost())
	n := 1
	if c, ok := in.(pool.Concurrent); ok {
		n = min(c.Concurrency(), 16)
	}
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			for j := range 50 {
				got, err := k.call(in, "add", i, j)
				if err != nil || k.show(got) != fmt.Sprint("int ", i+j) {
					k.Errorf("%d + %d: %v, %v", i, j, got, err)
				}
			}
		})
	}
	group.Wait()
}

func testStop(k *kit) {
	in := k.start(newHost())
	k.alive(in)
	if s, ok := in.(pool.Stopper); ok {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := s.Stop(ctx); err != nil {
			k.Fatalf("Stop: %v", err)
		}
	}
}
