package command

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// Owns is where the commands act and as whom, as they say themselves, the place in the registry, and every secret.
func (e *Environment) Owns(ctx context.Context) ([]engine.Possession, error) {
	secrets, err := e.secrets()
	if err != nil {
		return nil, err
	}
	all, err := e.registry.Owns()
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		sum := sha256.Sum256([]byte(secrets[name]))
		all = append(all, engine.Possession{What: "secret", ID: fmt.Sprintf("%x", sum), Shown: name})
	}
	if e.command.Identity.Run == "" {
		return all, fmt.Errorf("%s: where its commands act, and as whom, nobody can tell: set identity in [environment.command]", e.Name())
	}
	text, err := e.ask(ctx, "identity", e.command.Identity, request{slot: promotion.Slot{Environment: e.Name(), Service: "identity"}})
	if err == nil && strings.TrimSpace(text) == "" {
		err = fmt.Errorf("%s: identity printed nothing", e.Name())
	}
	if err != nil {
		return all, err
	}
	return append(all, engine.Possession{What: "identity", ID: oneLine(text)}), nil
}
