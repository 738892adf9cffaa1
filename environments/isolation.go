package environments

import (
	"context"
	"fmt"
	"sync"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
)

// Owned is what an environment says that it owns, or the store of stubs that somebody else keeps for all.
type Owned struct {
	Environment string
	Things      []engine.Possession
	Err         error // why it could not say all of it
}

// artifactStore is what the store of stubs is called beside environments.
const artifactStore = "the artifact store"

// Isolation asks every environment and the store of stubs, at once, what they really are, and finds what two of them share.
// Nothing is started or changed.
func Isolation(ctx context.Context, p config.Pipeline, stateDir string) (owned []Owned, shared []string) {
	owned = make([]Owned, len(p.Environments))
	var asked sync.WaitGroup
	for i, e := range p.Environments {
		asked.Go(func() { owned[i] = owns(ctx, p, e, stateDir) })
	}
	var stubs []Owned
	if there := elsewhere(p); there != nil {
		stubs = []Owned{{Environment: artifactStore}}
		asked.Go(func() { stubs[0].Things, stubs[0].Err = there.owns(ctx) })
	}
	asked.Wait()
	owned = append(owned, stubs...)
	return owned, sharing(owned)
}

func owns(ctx context.Context, p config.Pipeline, e config.Environment, stateDir string) Owned {
	o := Owned{Environment: e.Name}
	environment, err := New(p, e, stateDir)
	if err != nil {
		o.Err = err
		return o
	}
	if owner, tells := environment.(engine.Owner); tells {
		o.Things, o.Err = owner.Owns(ctx)
	} else {
		o.Err = fmt.Errorf("%s: the platform %q cannot tell", e.Name, e.Platform)
	}
	return o
}

// sharing says what two environments both call their own.
func sharing(all []Owned) (shared []string) {
	type thing struct{ what, id string }
	owners := map[thing]string{}
	for _, o := range all {
		for _, one := range o.Things {
			key := thing{one.What, one.ID}
			owner, taken := owners[key]
			switch {
			case !taken:
				owners[key] = o.Environment
			case owner != o.Environment:
				shared = append(shared, fmt.Sprintf("%s and %s share the %s: give each environment its own", owner, o.Environment, one))
			}
		}
	}
	return shared
}
