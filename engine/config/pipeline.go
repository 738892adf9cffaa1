// Package config turns config.toml into a Pipeline, or into every problem it has, each with its file and line.
package config

import (
	"time"

	"github.com/gantry-cd/gantry/engine/freeze"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// Pipeline is a whole configuration, checked and with every default filled in.
type Pipeline struct {
	File          string // absolute path of config.toml
	Root          string // the directory it stands in; paths in it are relative to this
	Mode          string // "continuous-deployment" | "continuous-delivery"
	Justification string // why continuous delivery, when it is
	Watch         bool   // start a run for every merge
	Branch        string // the main branch's name, default "main"
	Queue         string // "latest" | "fifo"
	Parallel      int    // how many runs may work at once, at least 1
	Freezes       []freeze.Window
	Notify        []Notify
	Console       Console
	IdleExit      time.Duration // after how long with nothing to do and nobody looking on an engine leaves; 1 min by default
	Expires       time.Duration // how long a reprovision stays, 8 h by default
	Keep          Keep
	Artifacts     Artifacts
	Environments  []Environment // in promotion order
	Services      []Service
	Source        string   // the file's text, as read
	Warnings      []string // what is allowed and should be known, each with its file and line
}

// Service is a service by its name; its zero value when there is none.
func (p Pipeline) Service(name string) Service {
	for _, s := range p.Services {
		if s.Name == name {
			return s
		}
	}
	return Service{}
}

// Environment is an environment by its name; its zero value when there is none.
func (p Pipeline) Environment(name string) Environment {
	for _, e := range p.Environments {
		if e.Name == name {
			return e
		}
	}
	return Environment{}
}

// Environment is one environment as configured.
type Environment struct {
	Name          string
	Platform      string // "sandbox" | "docker" | "aws" | "command"
	Protected     bool
	TeamIsolation bool
	RollsBack     []string // what a failure here rolls back; default: itself
	OnFailure     string   // "rollback" | "hold"
	HoldFor       time.Duration
	Verify        []promotion.Kind // of acceptance, e2e
	Compat        bool             // prove every migration backward compatible before a deploy; default true
	PublishStub   bool             // generate and publish the stub here
	StubChannel   string           // channel that moves at the end: the environment's name by default where stubs are published or promoted
	HealthTimeout time.Duration
	Approval      *promotion.Approval // nil: none is asked for
	Soak          time.Duration       // how long a release must have been live here before it goes on
	Dependencies  string              // "any" | "live" | "tested"; default "live"
	ExclusiveE2E  bool
	Policies      map[promotion.Kind]Policy // by the kind of stage; what the service itself says comes first
	Variables     map[string]string         // for every service in it
	Registry      Registry
	Database      Database
	Proxy         map[string]int // service → pinned port of its endpoint; a free one otherwise
	Docker        Docker         // where the platform is "docker"
	AWS           AWS            // where the platform is "aws"
	Command       Command        // where the platform is "command"
	Line          int
}

// Policy is what a bad or a slow stage leads to. Nil fields are not said here.
type Policy struct {
	Deadline    *time.Duration // an attempt without an end by then is stalled
	Retries     *int
	Backoff     *time.Duration
	RetryFailed *bool
	Budget      *time.Duration
	OnFailure   *string
	HoldFor     *time.Duration
}

// Notify is who is told when a run ends or waits for a person.
type Notify struct {
	Name    string
	On      []string      // "succeeded", "failed", "waits"; empty: all
	Webhook string        // URL; may be a reference
	Secret  string        // signs the webhook; a reference
	Command string        // run with sh -c, the notification as JSON on its standard input
	Timeout time.Duration // of one try, 10 s by default
	Line    int
}

// Database is where the environment keeps its services' databases.
type Database struct {
	// Postgres is an administrator's URL of a server: Gantry makes one database and two roles per service in it.
	// Empty means one SQLite file per service. May be a reference: "env:NAME".
	Postgres string
}

// Service is one microservice as configured.
type Service struct {
	Name       string
	Path       string // absolute
	Team       string
	Teams      []string // others that may take it into slots of their own, where teams are isolated
	Version    string   // file that holds the version, relative to Path; default "VERSION"
	DependsOn  []string
	Contract   string            // OpenAPI file, relative to Path; "" none
	Variables  map[string]string // handed to the running service
	PassEnv    []string          // of Gantry's own environment, handed to build and contract steps
	Build      Stage
	Image      Image
	Migrations *Image // nil: no database, no migrate and compat stages
	// Schema is the directory of the migrations' SQL files, relative to Path, in which those that take something away
	// are marked; "" unknown.
	Schema        string
	ContractTests *Stage // nil: none
	Acceptance    *Suite
	E2E           *Suite
	Drop          []promotion.Kind // stages left out on purpose
	Line          int
}

// Stage is a stage made of commands.
type Stage struct {
	Policy Policy
	Steps  []Step
	Once   bool
}

// Step is one command. It runs with sh -c in the service's directory.
type Step struct {
	Name   string
	Run    string
	Needs  []string // steps of the same stage that must have succeeded; nil: none
	Report string   // "", gotest, junit, sarif, tap
	File   string   // the report's file, relative to the service; "" reads standard output
	Line   int
}

// Image is where an OCI image comes from: assembled from files, built from a Dockerfile, or taken from what another tool
// wrote. What is empty is left out of a service's hash, which so stays what it was before there was such a thing.
type Image struct {
	Files      map[string]string // path in the image → path below $GANTRY_OUT (or below the service, with a leading "./")
	Entrypoint []string
	User       string
	Dockerfile *Dockerfile `json:",omitempty"`
	Layout     string      `json:",omitempty"` // an OCI image layout, a directory: below $GANTRY_OUT, or "./…" below the service
	Archive    string      `json:",omitempty"` // the same as an archive, or what `docker save` writes
	Tag        string      `json:",omitempty"` // which image of the layout or archive, where it holds several
	Line       int
}

// Dockerfile is an image that a builder makes after the steps of the build.
type Dockerfile struct {
	File      string            // relative to the service
	Context   string            // the directory that it may copy from, relative to the service; it may lead up
	Target    string            // the stage that is wanted; "" the last
	Args      map[string]string // may say $GANTRY_VERSION and what else a step sees
	Platforms []string          // "linux/arm64"; none: this machine's
	Builder   string            // as package dockerfile calls it; "" the first one that works
}

// Made says what is done for an image that is not put together from files: "builds", "Dockerfile with podman". Both are ""
// for one that is.
func (i Image) Made() (verb, from string) {
	switch {
	case i.Dockerfile != nil && i.Dockerfile.Builder != "":
		return "builds", i.Dockerfile.File + " with " + i.Dockerfile.Builder
	case i.Dockerfile != nil:
		return "builds", i.Dockerfile.File
	case i.Layout != "" || i.Archive != "":
		return "takes", i.Layout + i.Archive
	}
	return "", ""
}

// Suite is a verification suite that travels with the release.
type Suite struct {
	Files  map[string]string // path in the suite → path below $GANTRY_OUT, or "./…" below the service
	Run    string            // command, run in the unpacked suite
	Report string
	Policy Policy
	Line   int
}
