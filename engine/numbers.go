package engine

import (
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// Numbers are figures about the runs of a window of time.
type Numbers struct {
	From     time.Time       `json:"from"` // not before the first run
	To       time.Time       `json:"to"`
	Last     string          `json:"last"` // the environment that counts as production: the last one
	Overall  ServiceNumber   `json:"overall"`
	Services []ServiceNumber `json:"services"`
	LeftOut  LeftOut         `json:"left_out"`
}

// ServiceNumber are the figures of one service, or of all together.
type ServiceNumber struct {
	Service    string            `json:"service"` // "" for all together
	Figures    []Figure          `json:"figures"`
	Stages     []Figure          `json:"stages"`               // how long each stage takes
	Overridden []promotion.RunID `json:"overridden,omitempty"` // runs that a person waved through something
}

// Unit is what a figure counts.
type Unit string

// The units.
const (
	PerDay  Unit = "per day"
	Seconds Unit = "seconds"
	Share   Unit = "share" // between 0 and 1
)

// Figure is one number, or the reason why there is none.
type Figure struct {
	Key        string   `json:"key"` // "lead_time", "catch_rate.qa", "stage.qa/e2e"
	Name       string   `json:"name"`
	Definition string   `json:"definition"`
	Unit       Unit     `json:"unit"`
	Value      *float64 `json:"value"`         // of times the median; nil: too little is known
	P95        *float64 `json:"p95,omitempty"` // of times; nil: too few for it
	N          int      `json:"n"`             // how many runs, deployments or stages it was made of
	Note       string   `json:"note,omitempty"`
}

// LeftOut counts the runs of the window that no figure is made of.
type LeftOut struct {
	Drills       int `json:"drills"` // with the rollbacks that they called for
	Reprovisions int `json:"reprovisions"`
	Unclean      int `json:"unclean"` // built from a working tree that was no commit
}
