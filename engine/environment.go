package engine

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// Environment is what a stage may ask of one environment. A platform implements it; it knows nothing of any other
// environment. An error that carries a *Verdict is a negative verdict (Failed); any other error means that there is
// no verdict (Errored).
type Environment interface {
	// Name is the environment's name in the configuration.
	Name() string
	// Repository is where the environment keeps the images of a slot's service, with credentials of its own.
	// what names the artifact: "", "migration" or "verification".
	Repository(ctx context.Context, slot promotion.Slot, what string) (images.Repository, error)
	// Live is what really runs in the slot, read from the platform; nil when nothing does.
	Live(ctx context.Context, slot promotion.Slot) (*Live, error)
	// Migrate runs the migration image to its end with the environment's DDL credential.
	Migrate(ctx context.Context, m Migration, log io.Writer) error
	// Deploy returns when the requested digest is live and healthy, or when the platform went back to the version
	// before (a *Verdict with FailedOver).
	Deploy(ctx context.Context, r Rollout, log io.Writer) (*Live, error)
	// Stop ends what runs in the slot; the environment is empty afterwards.
	Stop(ctx context.Context, slot promotion.Slot, log io.Writer) error
	// Remove takes away a slot that a release was put aside in, with what runs there, its endpoint and its database.
	// Where nothing is left it does nothing.
	Remove(ctx context.Context, slot promotion.Slot, log io.Writer) error
	// Evidence is what the platform knows about the slot since a moment: logs, events, health. Read-only.
	Evidence(ctx context.Context, slot promotion.Slot, since time.Time) (Evidence, error)
	// Endpoint is the slot's stable address, as "http://127.0.0.1:4711".
	Endpoint(ctx context.Context, slot promotion.Slot) (string, error)
	// Variables are the environment's own variables, "NAME=value": all that a command in it gets to see besides PATH,
	// HOME and the locale.
	Variables() []string
	// Secrets are the values that must never show in a log.
	Secrets() []string
}

// Scanner is an Environment whose registry looks for known weaknesses in what is brought there.
type Scanner interface {
	// Scan waits for what the registry has found in an image of the slot, and says it in the log. An image that is not to
	// stay is a *Verdict. what names the artifact, as in Repository.
	Scan(ctx context.Context, slot promotion.Slot, what string, image promotion.Digest, log io.Writer) error
}

// Live is what the platform says runs in a slot.
type Live struct {
	Image   promotion.Digest // digest of the application image
	Version string           // what the service itself reports
	Since   time.Time
	Healthy bool
	// Unsettled says that the platform is still moving between two versions, and may yet go back from the one that it
	// answers with: a deploy is not over.
	Unsettled bool
	Detail    string // why it is not healthy; "pid 4711 on port 40123" when it is
}

// Migration asks for one run of a migration image.
type Migration struct {
	Slot  promotion.Slot
	Image promotion.Digest
	// Attempt is unique per attempt: "42/dev/migrate/1".
	Attempt string
}

// Rollout asks for one deployment.
type Rollout struct {
	Slot    promotion.Slot
	Release promotion.Release
	// Needs are the services whose endpoints the new version is told, in the same environment: INVENTORY_URL.
	Needs []promotion.Slot
	// Variables are the service's own settings, "NAME=value".
	Variables []string
	// HealthTimeout is how long the new version may take to become healthy; 0 means the platform's default, 30 s.
	HealthTimeout time.Duration
}

// Evidence is what was captured before a rollback.
type Evidence struct {
	Taken  time.Time      `json:"taken"`
	Live   string         `json:"live"`   // what ran, in a sentence
	Events []string       `json:"events"` // the platform's own, oldest first
	Logs   []EvidenceFile `json:"logs"`   // the tail of what the service wrote
}

// EvidenceFile is one named piece of evidence.
type EvidenceFile struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Verdict is a negative verdict: the thing was tried and is not good. It is the only kind of error that rolls back by
// itself.
type Verdict struct {
	Why        string // one line
	FailedOver bool   // the version before is live again
}

func (v *Verdict) Error() string { return v.Why }

// EndpointVariable is the variable that tells a service or a suite where another service is: INVENTORY_URL.
func EndpointVariable(service string) string {
	return strings.ToUpper(strings.ReplaceAll(service, "-", "_")) + "_URL"
}
