package local

import (
	"context"
	"fmt"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/journal"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/source"
)

// watcher is what following the main branches remembers from look to look.
type watcher struct {
	*Engine
	ctx      context.Context           // ends when merges are not followed any more
	failing  map[string]string         // what was told of each failure
	branches map[string]*source.Branch // by the service's path and the branch's name
	carried  map[string]string         // by the same: the newest run's commit, and the head that it carries
	known    map[string]string         // by the service's name: the newest head that a run was started for, as seen
}

// FollowMerges starts a run for every merge from now on, or does no longer.
func (e *Engine) FollowMerges(on bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case on && e.unfollow == nil && e.ctx.Err() == nil:
		ctx, cancel := context.WithCancel(e.ctx)
		e.unfollow = cancel
		e.work.Go(func() { e.pauses(ctx, func() { e.watch(ctx) }) })
	case !on && e.unfollow != nil:
		e.unfollow()
		e.unfollow = nil
	}
}

// watch follows every service's main branch and starts a run for a head that no run has been started for. Of several
// merges that were missed only the newest starts: its run carries the others.
func (e *Engine) watch(ctx context.Context) {
	w := watcher{Engine: e, ctx: ctx, failing: map[string]string{}, branches: map[string]*source.Branch{}, carried: map[string]string{}, known: map[string]string{}}
	for {
		pipeline, err := e.reload()
		w.once("config.toml", err)
		if err == nil {
			look := source.NewLook()
			for _, service := range dependenciesFirst(pipeline.Services) {
				w.once(service.Name, w.follow(pipeline, service, look))
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(e.options.Poll):
		}
	}
}

// once tells of a failure when it appears or changes, not at every look.
func (w watcher) once(what string, err error) {
	switch {
	case err == nil || w.ctx.Err() != nil:
		delete(w.failing, what)
	case w.failing[what] != err.Error():
		w.failing[what] = err.Error()
		w.mu.Lock()
		w.complain("watching %s: %v", what, err)
		w.mu.Unlock()
	}
}

func (w watcher) follow(pipeline config.Pipeline, service config.Service, look *source.Look) error {
	key := service.Path + "\x00" + pipeline.Branch
	if w.branches[key] == nil {
		w.branches[key] = source.Follow(service.Path, pipeline.Branch)
	}
	head, err := w.branches[key].Head(w.ctx, look)
	if err != nil {
		return err
	}
	w.mu.Lock()
	w.heads[service.Name] = head.Commit
	w.mu.Unlock()
	seen := fmt.Sprint(service.Team, " ", head.Commit, head.Dirty)
	if w.known[service.Name] == seen {
		return nil
	}
	newest, known, err := w.started(service, head)
	if err != nil {
		return err
	}
	if known {
		w.known[service.Name] = seen
		return nil
	}
	// A run by hand may be ahead of what last touched the service: it carries the head, which must not follow it.
	if newest != "" && head.Commit != "" {
		answered := newest + " " + head.Commit
		if w.carried[key] == answered {
			return nil
		}
		if carried, err := source.Includes(w.ctx, service.Path, newest, head.Commit); err == nil && carried {
			w.carried[key] = answered
			return nil
		}
	}
	_, err = w.Start(w.ctx, engine.StartRequest{Service: service.Name, Commit: head.Commit, Actor: "merge", Trigger: "merge"})
	return err
}

// started tells whether a promotion of this source was ever started, by anybody; and the newest commit that was. What
// another team brings into a slot of its own is no merge.
func (e *Engine) started(service config.Service, head promotion.Source) (newest string, known bool, err error) {
	f := journal.Filter{Service: service.Name, Team: service.Team, Kind: promotion.Promotion, Source: &head, Limit: 1}
	same, err := e.records.Runs(e.ctx, f)
	if err != nil || len(same) > 0 {
		return "", len(same) > 0, err
	}
	f.Source, f.Clean = nil, true
	clean, err := e.records.Runs(e.ctx, f)
	if err != nil || len(clean) == 0 {
		return "", false, err
	}
	return clean[0].Commit, false, nil
}

// dependenciesFirst orders services so that a stub's maker starts before those who test against it.
func dependenciesFirst(services []config.Service) []config.Service {
	var ordered []config.Service
	seen := map[string]bool{}
	var visit func(config.Service)
	visit = func(s config.Service) {
		if seen[s.Name] {
			return
		}
		seen[s.Name] = true
		for _, name := range s.DependsOn {
			for _, other := range services {
				if other.Name == name {
					visit(other)
				}
			}
		}
		ordered = append(ordered, s)
	}
	for _, s := range services {
		visit(s)
	}
	return ordered
}
