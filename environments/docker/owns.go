package docker

import (
	"context"
	"fmt"

	"github.com/moby/moby/client"

	"github.com/gantry-cd/gantry/engine"
)

// Owns is what the sandbox's environments own, and a network of the daemon: by the daemon's own name for itself, because
// two addresses may lead to one daemon.
func (e *Environment) Owns(ctx context.Context) ([]engine.Possession, error) {
	all, err := e.Environment.Owns(ctx)
	if err != nil {
		return all, err
	}
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	s, err := e.resolve()
	if err != nil {
		return all, err
	}
	daemon, err := dial(s)
	if err != nil {
		return all, err
	}
	defer daemon.Close()
	said, err := daemon.Info(ctx, client.InfoOptions{})
	if err != nil {
		return all, fmt.Errorf("%s: %w", e.Name(), (&runtime{settings: s}).unanswered("ask what it is called", err))
	}
	network, shown := s.Network, s.Network
	if network == "" { // it is made, and called after the state directory and the environment
		network, shown = e.Name(), "of its own"
	}
	return append(all, engine.Possession{What: "network", ID: said.Info.ID + "/" + network, Shown: shown + " on the daemon " + said.Info.ID}), nil
}
