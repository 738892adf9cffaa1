package command

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/internal/registry"
)

// Platform is the platform's name in the configuration.
const Platform = "command"

// Environment is one environment that commands reach. It implements engine.Environment.
type Environment struct {
	configured config.Environment
	command    config.Command
	root       string // where commands run
	dir        string // what is kept of the environment
	registry   *registry.Registry
	secrets    func() (map[string]string, error) // for the commands, by their variables
}

var (
	_ engine.Environment = (*Environment)(nil)
	_ engine.Viewable    = (*Environment)(nil)
)

// New is the environment as configured, with what it must remember kept in the state directory. Nothing is run yet.
func New(p config.Pipeline, e config.Environment, stateDir string) *Environment {
	return &Environment{
		configured: e, command: e.Command, root: p.Root, dir: filepath.Join(stateDir, "command", e.Name),
		registry: registry.New(e.Registry, p.Root),
		secrets: sync.OnceValues(func() (map[string]string, error) {
			all := map[string]string{}
			for _, name := range slices.Sorted(maps.Keys(e.Command.Secrets)) {
				value, err := config.Resolve(e.Command.Secrets[name], p.Root)
				if err != nil {
					return nil, fmt.Errorf("the secret %s of %s: %w", name, e.Name, err)
				}
				all[name] = value
			}
			return all, nil
		}),
	}
}

// Name is the environment's name in the configuration.
func (e *Environment) Name() string { return e.configured.Name }

// Repository is the slot's repository in the registry that the configuration names.
func (e *Environment) Repository(_ context.Context, slot promotion.Slot, what string) (images.Repository, error) {
	if err := e.check(slot); err != nil {
		return images.Repository{}, err
	}
	return e.registry.Repository(slot, what)
}

// Endpoint is the slot's address, as configured or as the command prints it.
func (e *Environment) Endpoint(ctx context.Context, slot promotion.Slot) (string, error) {
	if err := e.check(slot); err != nil {
		return "", err
	}
	if e.command.URL != "" {
		url := strings.NewReplacer("{name}", nameOf(slot), "{service}", slot.Service, "{team}", slot.Team).Replace(e.command.URL)
		return strings.TrimSuffix(url, "/"), nil
	}
	text, err := e.ask(ctx, "endpoint", e.command.Endpoint, request{slot: slot})
	if err != nil {
		return "", err
	}
	url := strings.TrimSuffix(strings.TrimSpace(text), "/")
	if !strings.HasPrefix(url, "http://") && !strings.HasPrefix(url, "https://") || strings.ContainsAny(url, " \n") {
		return "", fmt.Errorf("%s: endpoint printed %q: it must print one address like https://orders.example.com", e.Name(), oneLine(url))
	}
	return url, nil
}

// Stop ends what runs in the slot, and returns when live says that nothing does.
func (e *Environment) Stop(ctx context.Context, slot promotion.Slot, log io.Writer) error {
	return e.empty(ctx, "stop", e.command.Stop, slot, log)
}

// Remove takes a slot away that a release was put aside in.
func (e *Environment) Remove(ctx context.Context, slot promotion.Slot, log io.Writer) error {
	if slot.Aside == 0 {
		return fmt.Errorf("nothing was put aside in %s: it is stopped, not removed", slot)
	}
	return e.empty(ctx, "remove", e.command.Remove, slot, log)
}

// Variables are the environment's own variables, in the order of their names.
func (e *Environment) Variables() []string { return pairs(e.configured.Variables) }

// Secrets are the values that were read for the commands and for the registry.
func (e *Environment) Secrets() []string {
	found := e.registry.Secrets()
	if secrets, err := e.secrets(); err == nil {
		found = append(found, slices.Collect(maps.Values(secrets))...)
	}
	return append(found, config.Service{PassEnv: e.command.PassEnv}.Secrets()...)
}

// check refuses what is not this environment's.
func (e *Environment) check(slot promotion.Slot) error {
	switch {
	case slot.Environment != e.Name():
		return fmt.Errorf("%s was asked of %s, which knows of no other environment", slot, e.Name())
	case slot.Service == "":
		return fmt.Errorf("%s names no service", slot)
	case slot.Aside != 0 && e.command.Remove.Run == "":
		return fmt.Errorf("%s: nothing can be put aside in %s, which has no command that takes it away again: set remove in [environment.command]", slot, e.Name())
	}
	return nil
}

// nameOf is what a slot is called, once in an environment: "orders", "orders-checkout", "orders-aside-7".
func nameOf(slot promotion.Slot) string {
	name := slot.Service
	if slot.Team != "" {
		name += "-" + slot.Team
	}
	if slot.Aside != 0 {
		name += fmt.Sprintf("-aside-%d", slot.Aside)
	}
	return name
}

// pairs are variables as a process gets them, in the order of their names.
func pairs(all map[string]string) []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, name+"="+all[name])
	}
	return list
}

// oneLine is the first line of a text, and not too much of it.
func oneLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	const enough = 200
	if runes := []rune(line); len(runes) > enough {
		line = string(runes[:enough]) + "…"
	}
	return line
}

// lastWords is the last line that says something.
func lastWords(text string) string {
	text = strings.TrimSpace(text)
	return oneLine(text[strings.LastIndexByte(text, '\n')+1:])
}

// settingsOf are a new version's variables: the environment's, the service's, and where its dependencies answer.
func (e *Environment) settingsOf(ctx context.Context, r engine.Rollout) (map[string]string, error) {
	all := maps.Clone(e.configured.Variables)
	if all == nil {
		all = map[string]string{}
	}
	for _, v := range r.Variables {
		name, value, _ := strings.Cut(v, "=")
		all[name] = value
	}
	for _, need := range r.Needs {
		address, err := e.Endpoint(ctx, need)
		if err != nil {
			return nil, fmt.Errorf("where is %s, which %s depends on: %w", need, r.Slot, err)
		}
		all[engine.EndpointVariable(need.Service)] = address
	}
	for name, value := range all {
		if strings.ContainsAny(cmp.Or(value, name), "\n\x00") {
			return nil, fmt.Errorf("%s: the variable %s has more than one line, which GANTRY_ENV_FILE cannot hold", e.Name(), name)
		}
	}
	return all, nil
}
