package local

import (
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/source"
)

// watch follows every service's main branch and starts a run for a head that no run has been started for. Of several
// merges that were missed only the newest starts: its run carries the others.
func (e *Engine) watch() {
	failing := map[string]string{}
	for {
		pipeline, err := e.reload()
		if err != nil {
			e.once(failing, "config.toml", err)
		} else {
			delete(failing, "config.toml")
			for _, service := range dependenciesFirst(pipeline.Services) {
				e.once(failing, service.Name, e.follow(pipeline, service))
			}
		}
		select {
		case <-e.ctx.Done():
			return
		case <-time.After(e.options.Poll):
		}
	}
}

// once tells of a failure when it appears or changes, not at every look.
func (e *Engine) once(failing map[string]string, what string, err error) {
	switch {
	case err == nil || e.ctx.Err() != nil:
		delete(failing, what)
	case failing[what] != err.Error():
		failing[what] = err.Error()
		e.mu.Lock()
		e.complain("watching %s: %v", what, err)
		e.mu.Unlock()
	}
}

func (e *Engine) follow(pipeline config.Pipeline, service config.Service) error {
	head, err := source.Head(e.ctx, service.Path, pipeline.Branch)
	if err != nil {
		return err
	}
	e.mu.Lock()
	e.heads[service.Name] = head.Commit
	newest, known := e.started(service.Name, head)
	e.mu.Unlock()
	if known {
		return nil
	}
	// A run by hand may be ahead of what last touched the service: it carries the head, which must not follow it.
	if newest != "" && head.Commit != "" {
		if carried, err := source.Includes(e.ctx, service.Path, newest, head.Commit); err == nil && carried {
			return nil
		}
	}
	_, err = e.Start(e.ctx, engine.StartRequest{Service: service.Name, Commit: head.Commit, Actor: "merge", Trigger: "merge"})
	return err
}

// started tells whether a promotion of this source was ever started, by anybody; and the newest commit that was. The
// caller holds mu.
func (e *Engine) started(service string, head promotion.Source) (newest string, known bool) {
	for _, run := range e.ledger.Runs() {
		from := run.Plan.Source
		if run.Plan.Service != service || run.Plan.Kind != promotion.Promotion {
			continue
		}
		if from.Commit == head.Commit && from.Dirty == head.Dirty {
			return newest, true
		}
		if newest == "" && from.Dirty == "" {
			newest = from.Commit
		}
	}
	return newest, false
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
