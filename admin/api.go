package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/fondaco/fondaco/core"
)

// api answers requests for a server.
type api struct {
	server Server
	log    *slog.Logger
	token  string // "": the socket itself is the permission
	local  bool   // listens on a loopback address
	host   string // the host it was told to listen on
}

// handler returns all routes behind their guards.
func (a *api) handler() http.Handler {
	open := http.NewServeMux()
	open.Handle("/healthz", only(http.MethodGet, func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, status{"ok"}) }))
	open.Handle("/readyz", only(http.MethodGet, a.ready))
	v1 := http.NewServeMux()
	v1.Handle("/v1/modules", only(http.MethodGet, func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, a.modules()) }))
	v1.Handle("/v1/modules/{name}/reload", only(http.MethodPost, a.reload))
	v1.Handle("/v1/modules/{name}/enable", only(http.MethodPost, a.enable(true)))
	v1.Handle("/v1/modules/{name}/disable", only(http.MethodPost, a.enable(false)))
	v1.Handle("/v1/reload", only(http.MethodPost, a.reloadConfig))
	v1.Handle("/v1/stats", only(http.MethodGet, func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, Stats{a.info(), a.modules()})
	}))
	v1.Handle("/v1/server", only(http.MethodGet, func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, a.info()) }))
	v1.Handle("/v1/halt", only(http.MethodPost, a.halt))
	v1.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		refuse(w, http.StatusNotFound, core.KindNoFunction, fmt.Sprintf("there is nothing at %q; see /v1/modules, /v1/stats, /v1/server", clip(r.URL.Path)))
	})
	open.Handle("/", a.authorized(v1))
	return a.guarded(open)
}

type status struct {
	Status string `json:"status"`
}

func (a *api) ready(w http.ResponseWriter, _ *http.Request) {
	if !a.server.Info().Ready {
		refuse(w, http.StatusServiceUnavailable, core.KindUnavailable, "the doors do not accept yet")
		return
	}
	answer(w, http.StatusOK, status{"ready"})
}

// modules returns the modules with no list nil: clients get [], not null.
func (a *api) modules() []ModuleInfo {
	list := a.server.Modules()
	if list == nil {
		return []ModuleInfo{}
	}
	for i := range list {
		m := &list[i]
		if m.Plugins == nil {
			m.Plugins = []PluginInfo{}
		}
		for j := range m.Plugins {
			if m.Plugins[j].Instances == nil {
				m.Plugins[j].Instances = []InstanceInfo{}
			}
		}
	}
	return list
}

func (a *api) info() ServerInfo {
	info := a.server.Info()
	if info.Doors == nil {
		info.Doors = []DoorInfo{}
	}
	return info
}

func (a *api) reload(w http.ResponseWriter, r *http.Request) {
	a.change(w, r, func(ctx context.Context, name string) error { return a.server.Reload(ctx, name) })
}

func (a *api) enable(on bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		by := clip(r.URL.Query().Get("by"))
		if by == "" {
			by = "the admin API"
		}
		a.change(w, r, func(ctx context.Context, name string) error { return a.server.SetEnabled(ctx, name, on, by) })
	}
}

// change does something to one module and answers with how it is then.
func (a *api) change(w http.ResponseWriter, r *http.Request, f func(ctx context.Context, name string) error) {
	name := r.PathValue("name")
	if err := f(r.Context(), name); err != nil {
		a.log.Warn("admin request failed", "path", r.URL.Path, "error", err)
		fail(w, err)
		return
	}
	for _, m := range a.modules() {
		if m.Module == name {
			answer(w, http.StatusOK, m)
			return
		}
	}
	answer(w, http.StatusOK, status{"ok"})
}

func (a *api) reloadConfig(w http.ResponseWriter, r *http.Request) {
	if err := a.server.ReloadConfig(r.Context()); err != nil {
		a.log.Warn("admin request failed", "path", r.URL.Path, "error", err)
		fail(w, err)
		return
	}
	answer(w, http.StatusOK, a.modules())
}

// halt answers before the server goes.
func (a *api) halt(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusAccepted, status{"halting"})
	a.server.Halt()
}

// answer writes v as JSON.
func answer(w http.ResponseWriter, code int, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		fail(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_, _ = w.Write(append(data, '\n')) // the client has gone: nobody to tell
}
