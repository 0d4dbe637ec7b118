package main

import (
	"context"
	"strings"

	"github.com/fondaco/fondaco/admin"
	"github.com/fondaco/fondaco/config"
	"github.com/fondaco/fondaco/core"
)

// finder are the flags that find a running server.
type finder struct {
	Config string `short:"c" placeholder:"FILE" help:"Find the server by its configuration."`
	Admin  string `placeholder:"URL" help:"Find the server by its admin URL: unix:///path, or http://host:port?token_file=FILE."`
}

// client returns a client of the server's admin API.
func (f *finder) client() (*admin.Client, error) {
	spec, err := f.spec()
	if err != nil {
		return nil, usageError{err}
	}
	return admin.NewClient(spec)
}

func (f *finder) spec() (config.Admin, error) {
	switch {
	case f.Admin != "":
		return config.ParseAdmin(f.Admin)
	case f.Config != "":
		return config.LoadAdmin(f.Config)
	}
	return config.Admin{}, nil
}

// door returns the URL of the running server's first BERT-RPC door, else of
// its first HTTP door.
func (f *finder) door(ctx context.Context) (string, error) {
	c, err := f.client()
	if err != nil {
		return "", err
	}
	defer c.Close()
	info, err := c.Info(ctx)
	if err != nil {
		return "", steering(err)
	}
	for _, scheme := range []string{"bert://", "http://"} {
		for _, d := range info.Doors {
			if strings.HasPrefix(d.URL, scheme) {
				return d.URL, nil
			}
		}
	}
	return "", core.NewError(core.KindUnavailable, "the server at "+c.Where()+" has neither a BERT-RPC nor an HTTP door; name one with --to URL")
}
