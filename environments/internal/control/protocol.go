// Package control is how the two halves of the sandbox speak: the client in Gantry and the host process that runs an
// environment. It is HTTP on loopback with a bearer token; long work streams its log.
package control

import (
	"encoding/json"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/internal/registry"
)

// Protocol is the version of what is said here. A client replaces a host of another version; services go on meanwhile.
const Protocol = 2

// The paths of the control API.
const (
	PathHello      = "/v1/hello"
	PathConfigure  = "/v1/configure"
	PathRepository = "/v1/repository"
	PathEndpoint   = "/v1/endpoint"
	PathLive       = "/v1/live"
	PathEvidence   = "/v1/evidence"
	PathDeploy     = "/v1/deploy"
	PathMigrate    = "/v1/migrate"
	PathStop       = "/v1/stop"
	PathRemove     = "/v1/remove"
	PathDown       = "/v1/down"
)

// Hello is how a host introduces itself.
type Hello struct {
	Protocol int    `json:"protocol"`
	Name     string `json:"name"`
	PID      int    `json:"pid"`
}

// Settings are what the configuration says about an environment. The client tells them at each connection, so that an
// edited configuration reaches a host that runs already.
type Settings struct {
	Prefix       string         `json:"prefix"`
	RegistryPort int            `json:"registry_port,omitempty"` // 0: a free one, kept
	Ports        map[string]int `json:"ports,omitempty"`         // service → pinned port of its endpoint
	Variables    []string       `json:"variables,omitempty"`     // "NAME=value", for every service
	Postgres     string         `json:"postgres,omitempty"`      // the administrator's URL; never written to disk
	OnPostgres   bool           `json:"on_postgres,omitempty"`   // databases are on Postgres, even if the URL is unknown now
	Problem      string         `json:"problem,omitempty"`       // why the administrator's URL is unknown
	// Outside is the registry that the images are in, where that is not the host's own.
	Outside *registry.Told `json:"outside,omitempty"`
	// Runtime is what the platform's own table of the configuration says, for its runtime.
	Runtime json.RawMessage `json:"runtime,omitempty"`
	// Unset is why that is unknown.
	Unset string `json:"unset,omitempty"`
}

// SlotRequest asks something about one slot.
type SlotRequest struct {
	Slot  promotion.Slot `json:"slot"`
	What  string         `json:"what,omitempty"` // of an image repository: "", "migration" or "verification"
	Since time.Time      `json:"since,omitzero"` // of evidence
}

// Repository is where one artifact of a slot is kept.
type Repository struct {
	Name  string `json:"name"` // "127.0.0.1:4711/dev/orders"
	Read  Login  `json:"read"`
	Write Login  `json:"write"`
}

// Login is a user of a registry.
type Login struct {
	User     string `json:"user"`
	Password string `json:"password"`
}

// Endpoint is a slot's stable address.
type Endpoint struct {
	URL string `json:"url"`
}

// Live wraps what runs in a slot; nil when nothing does.
type Live struct {
	Live *engine.Live `json:"live"`
}

// Down says what was stopped.
type Down struct {
	Stopped []string `json:"stopped"`
}

// Message is one line of a streamed answer. The last one has Done set.
type Message struct {
	Log     []byte       `json:"log,omitempty"`
	Done    bool         `json:"done,omitempty"`
	Live    *engine.Live `json:"live,omitempty"`
	Problem *Problem     `json:"problem,omitempty"`
}

// Problem is an error on its way from the host to the client.
type Problem struct {
	Text       string `json:"text"`
	Verdict    bool   `json:"verdict,omitempty"`
	FailedOver bool   `json:"failed_over,omitempty"`
}
