package funcs

import (
	"context"
	"errors"
	"time"

	"github.com/fondaco/fondaco/codec/cbor"
	"github.com/fondaco/fondaco/codec/value"
	"github.com/fondaco/fondaco/core"
)

var errNoCall = errors.New("the context does not belong to a call of a plugin's function")

// from returns the call that ctx belongs to.
func from(ctx context.Context) (*callContext, error) {
	c, ok := ctx.Value(callKey{}).(*callContext)
	if !ok {
		return nil, errNoCall
	}
	return c, nil
}

// Call calls another module's function on behalf of the function that got ctx,
// and decodes the result into the variable that result points to; nil drops
// it. Its errors are core.Errors: errors.Is tells their kinds.
func Call(ctx context.Context, result any, module, function string, args ...any) error {
	body, err := nested(ctx, core.Call, module, function, args)
	if err != nil || result == nil || body.IsZero() {
		return err
	}
	return value.Unmarshal(body, result)
}

// Cast calls another module's function without waiting for it.
func Cast(ctx context.Context, module, function string, args ...any) error {
	_, err := nested(ctx, core.Cast, module, function, args)
	return err
}

// Log writes a line to the server's log; level is debug, info, warn or error.
func Log(ctx context.Context, level, text string) error {
	return Cast(ctx, "fondaco", "log", level, text)
}

// Config returns what the configuration gives the plugin under config: nil,
// bool, int64, float64, string, []any or map[string]any.
func Config(ctx context.Context) any {
	c, err := from(ctx)
	if err != nil {
		return nil
	}
	return c.instance.options.Config
}

// RequestFrom returns the request that ctx belongs to, or nil: for its streams,
// its channel and its caller. It must not be kept after the function returned.
func RequestFrom(ctx context.Context) *core.Request {
	c, err := from(ctx)
	if err != nil {
		return nil
	}
	return c.req
}

// Sleep waits, and lets the instance serve others meanwhile. It fails when ctx
// ends first.
func Sleep(ctx context.Context, d time.Duration) error {
	c, err := from(ctx)
	if err != nil {
		return err
	}
	return c.instance.host.Wait(ctx, func() error {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	})
}

func nested(ctx context.Context, kind core.Kind, module, function string, args []any) (core.Body, error) {
	c, err := from(ctx)
	if err != nil {
		return core.Body{}, err
	}
	if args == nil {
		args = []any{}
	}
	body, err := value.Marshal(cbor.Codec, args)
	if err != nil {
		return core.Body{}, err
	}
	req := core.Nested(c.req, c.instance.options.Plugin, module, function, body)
	req.Kind = kind
	return c.instance.host.Handle(ctx, req)
}
