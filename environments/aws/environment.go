package aws

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// Platform is the platform's name in the configuration.
const Platform = "aws"

// Environment is one environment on Amazon's ECS. It implements engine.Environment.
type Environment struct {
	configured config.Environment
	aws        config.AWS
	clock      Clock
	sessions   sessions
	tokens     [2]token // to write and to read
	read       secrets
}

var (
	_ engine.Environment = (*Environment)(nil)
	_ engine.Viewable    = (*Environment)(nil)
)

// Option changes how Amazon is reached.
type Option func(*Environment)

// WithClock follows rollouts by another clock than the one on the wall.
func WithClock(c Clock) Option { return func(e *Environment) { e.clock = c } }

// WithAccess changes the SDK's configuration before the environment's roles are assumed with it.
func WithAccess(change func(*sdk.Config)) Option {
	return func(e *Environment) { e.sessions.options = append(e.sessions.options, change) }
}

// New is the environment as configured. Nobody is asked anything yet.
func New(c config.Environment, options ...Option) *Environment {
	e := &Environment{configured: c, aws: c.AWS, clock: wall{}}
	for _, option := range options {
		option(e)
	}
	return e
}

// Name is the environment's name in the configuration.
func (e *Environment) Name() string { return e.configured.Name }

// Endpoint is the address of the load balancer, as configured.
func (e *Environment) Endpoint(_ context.Context, slot promotion.Slot) (string, error) {
	if err := e.check(slot); err != nil {
		return "", err
	}
	url := e.of(slot).URL
	if url == "" {
		return "", fmt.Errorf("where %s answers is not configured: set url in [environment.aws.service.%s]", slot, slot.Service)
	}
	return strings.TrimSuffix(strings.ReplaceAll(url, "{team}", slot.Team), "/"), nil
}

// Remove has nothing to take away: nothing can be put aside here.
func (e *Environment) Remove(_ context.Context, slot promotion.Slot, _ io.Writer) error {
	if slot.Aside == 0 {
		return fmt.Errorf("nothing was put aside in %s: it is stopped, not removed", slot)
	}
	slot.Aside = 0
	return e.check(slot)
}

// of is where the slot's service runs, with what is not configured filled in.
func (e *Environment) of(slot promotion.Slot) config.AWSService {
	s := e.aws.Services[slot.Service]
	if s.Service == "" {
		s.Service = slot.Service
		if slot.Team != "" {
			s.Service += "-" + slot.Team
		}
	}
	s.Service = strings.ReplaceAll(s.Service, "{team}", slot.Team)
	s.Function = strings.ReplaceAll(s.Function, "{team}", slot.Team)
	s.Alias = cmp.Or(s.Alias, "live")
	if s.Migration == "" && s.Function != "" {
		s.Migration = s.Function + "-migration"
	}
	if s.Migration == "" {
		s.Migration = s.Service + "-migration"
	}
	s.Migration = strings.ReplaceAll(s.Migration, "{team}", slot.Team)
	s.Secrets, s.MigrationSecrets = ofTeam(s.Secrets, slot.Team), ofTeam(s.MigrationSecrets, slot.Team)
	s.Count = max(s.Count, 1)
	return s
}

// ofTeam are the references with a team's name in them.
func ofTeam(references map[string]string, team string) map[string]string {
	all := maps.Clone(references)
	for name, reference := range all {
		all[name] = strings.ReplaceAll(reference, "{team}", team)
	}
	return all
}

func (e *Environment) check(slot promotion.Slot) error {
	switch {
	case slot.Environment != e.Name():
		return fmt.Errorf("%s was asked of %s, which knows of no other environment", slot, e.Name())
	case slot.Service == "":
		return fmt.Errorf("%s names no service", slot)
	case slot.Aside != 0:
		return fmt.Errorf("%s: nothing can be put aside on Amazon, where each slot is an ECS service that was made outside of Gantry", slot)
	}
	return nil
}

// reading bounds how long a secret may take to be read.
const reading = 20 * time.Second

// Variables are the environment's own variables, in the order of their names. What refers to a secret is read once.
func (e *Environment) Variables() []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(e.configured.Variables)) {
		value := e.configured.Variables[name]
		if config.IsAWSReference(value) {
			ctx, cancel := context.WithTimeout(context.Background(), reading)
			read, err := e.secret(ctx, value)
			cancel()
			if err != nil {
				continue // the check says so, and ECS refuses to start what needs it
			}
			value = read
		}
		all = append(all, name+"="+value)
	}
	return all
}

// Secrets are the values that were read, and the passwords for ECR that were handed out.
func (e *Environment) Secrets() []string {
	values := e.read.values()
	for i := range e.tokens {
		values = append(values, e.tokens[i].values()...)
	}
	return values
}

// secrets are the values of references, each read once.
type secrets struct {
	mu    sync.Mutex
	known map[string]string
}

func (s *secrets) values() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Values(s.known))
}
