//go:build unix

package process

import (
	"context"
	"errors"

	"github.com/fondaco/fondaco/core"
	"github.com/fondaco/fondaco/pool"
)

func (p *plugin) beginErnie(context.Context, core.Handler) (pool.Instance, error) {
	return nil, errors.New("not yet")
}
