package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"os/user"
	"syscall"
	"time"

	"github.com/fondaco/fondaco/admin"
	"github.com/fondaco/fondaco/core"
)

// steer lets f use the running server's admin API until a signal comes.
func (f *finder) steer(do func(ctx context.Context, c *admin.Client) error) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	c, err := f.client()
	if err != nil {
		return err
	}
	defer c.Close()
	return steering(do(ctx, c))
}

// steering says an error of the admin API without the words of the network,
// and without a kind where the server speaks of itself.
func steering(err error) error {
	var e *core.Error
	switch {
	case !errors.As(err, &e):
		return err
	case e.Kind == core.KindUser && e.Class == "":
		return errors.New(e.Message) // the server's own words, not a plugin's exception
	case errors.Is(err, context.Canceled):
		return core.NewError(core.KindCanceled, "given up")
	case errors.Is(err, os.ErrPermission):
		return core.NewError(e.Kind, e.Message+": it is another user's")
	}
	return core.NewError(e.Kind, e.Message)
}

const findHelp = `The server is the one whose admin socket is in its usual place, or the one that -c or --admin names.`

// reloadCmd is fondaco reload.
type reloadCmd struct {
	Module string `arg:"" optional:"" placeholder:"MODULE" help:"The module; without it the configuration file is read again."`
	finder
}

// Help is the rest of the command's help.
func (*reloadCmd) Help() string {
	return `The module's new plugins are started first; when all are up they take over, and the old ones finish what they have: no call fails
or waits. When one cannot be started the old ones go on, and the exit code is 1.

` + findHelp + `

Examples:

    fondaco reload math
    fondaco reload`
}

// Run reloads and says what serves now.
func (c *reloadCmd) Run() error {
	return c.steer(func(ctx context.Context, cl *admin.Client) error {
		if c.Module == "" {
			list, err := cl.ReloadConfig(ctx)
			if err == nil {
				fmt.Printf("reloaded, %d modules\n", len(list))
			}
			return err
		}
		m, err := cl.Reload(ctx, c.Module)
		if err == nil {
			fmt.Printf("%s reloaded, generation %d\n", m.Module, m.Generation)
		}
		return err
	})
}

// enableCmd is fondaco enable.
type enableCmd struct {
	Module string `arg:"" placeholder:"MODULE" help:"The module."`
	finder
}

// Help is the rest of the command's help.
func (*enableCmd) Help() string { return findHelp }

// Run enables the module.
func (c *enableCmd) Run() error {
	return c.steer(func(ctx context.Context, cl *admin.Client) error {
		m, err := cl.SetEnabled(ctx, c.Module, true, whoAmI())
		if err == nil {
			fmt.Printf("%s enabled, generation %d\n", m.Module, m.Generation)
		}
		return err
	})
}

// disableCmd is fondaco disable.
type disableCmd struct {
	Module string `arg:"" placeholder:"MODULE" help:"The module."`
	finder
}

// Help is the rest of the command's help.
func (*disableCmd) Help() string {
	return `Calls in flight finish; later ones are told that the module is unavailable, and who disabled it. Its instances end.

` + findHelp
}

// Run disables the module.
func (c *disableCmd) Run() error {
	return c.steer(func(ctx context.Context, cl *admin.Client) error {
		m, err := cl.SetEnabled(ctx, c.Module, false, whoAmI())
		if err == nil {
			fmt.Printf("%s disabled\n", m.Module)
		}
		return err
	})
}

// whoAmI is told to the callers of a disabled module.
func whoAmI() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return fmt.Sprintf("user %d", os.Getuid())
}

// haltCmd is fondaco halt.
type haltCmd struct{ finder }

// Help is the rest of the command's help.
func (*haltCmd) Help() string {
	return `Returns when the server has ended: its doors are closed, the calls in flight are answered, its workers are gone.

` + findHelp
}

// Run halts the server and waits until it is gone.
func (c *haltCmd) Run() error {
	const pause = 20 * time.Millisecond
	return c.steer(func(ctx context.Context, cl *admin.Client) error {
		info, err := cl.Info(ctx)
		if err != nil {
			return err
		}
		if err := cl.Halt(ctx); err != nil {
			return err
		}
		for {
			cl.Close()
			now, err := cl.Info(ctx)
			if ctx.Err() != nil {
				return fmt.Errorf("the server with pid %d still drains", info.Pid)
			}
			if err != nil || now.Pid != info.Pid {
				fmt.Println("halted")
				return nil
			}
			time.Sleep(pause)
		}
	})
}
