package drill

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"syscall"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// lost is an environment that cannot be reached. What its configuration says is still known.
type lost struct{ engine.Environment }

var _ engine.Environment = lost{}

func (l lost) gone(doing string) error {
	return fmt.Errorf("drill: %s in %s: %w", doing, l.Name(), syscall.EHOSTUNREACH)
}

func (l lost) Repository(_ context.Context, slot promotion.Slot, _ string) (images.Repository, error) {
	return images.Repository{}, l.gone("ask where the images of " + slot.Service + " are kept")
}

func (l lost) Live(context.Context, promotion.Slot) (*engine.Live, error) {
	return nil, l.gone("ask what is live")
}

func (l lost) Migrate(context.Context, engine.Migration, io.Writer) error {
	return l.gone("migrate the database")
}

func (l lost) Deploy(_ context.Context, r engine.Rollout, _ io.Writer) (*engine.Live, error) {
	return nil, l.gone("deploy " + r.Release.Name())
}

func (l lost) Stop(_ context.Context, slot promotion.Slot, _ io.Writer) error {
	return l.gone("stop " + slot.Service)
}

func (l lost) Remove(_ context.Context, slot promotion.Slot, _ io.Writer) error {
	return l.gone("remove " + slot.String())
}

func (l lost) Evidence(context.Context, promotion.Slot, time.Time) (engine.Evidence, error) {
	return engine.Evidence{}, l.gone("gather evidence")
}

func (l lost) Endpoint(_ context.Context, slot promotion.Slot) (string, error) {
	return "", l.gone("ask for the address of " + slot.Service)
}

// rewired is an environment whose registry is reached another way.
type rewired struct {
	engine.Environment
	wire func(http.RoundTripper) http.RoundTripper
}

func (r rewired) Repository(ctx context.Context, slot promotion.Slot, what string) (images.Repository, error) {
	repository, err := r.Environment.Repository(ctx, slot, what)
	if repository.Transport == nil {
		repository.Transport = http.DefaultTransport
	}
	repository.Transport = r.wire(repository.Transport)
	return repository, err
}
