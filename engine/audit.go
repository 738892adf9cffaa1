package engine

import (
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// AuditEntry is one thing that was done, or was refused: a command of an operator, or a decision of Gantry's own that
// changed an environment.
type AuditEntry struct {
	Seq         int64             `json:"seq"` // of the event that says so
	At          time.Time         `json:"at"`
	Who         string            `json:"who"` // an operator, "merge", or "gantry"
	Automatic   bool              `json:"automatic,omitempty"`
	What        promotion.Verb    `json:"what"`
	Run         promotion.RunID   `json:"run,omitempty"` // 0: it was about a slot, whatever runs there, or about neither
	Service     string            `json:"service"`
	Environment string            `json:"environment,omitempty"` // several are separated by ", "
	Stage       promotion.StageID `json:"stage,omitempty"`
	Release     string            `json:"release,omitempty"` // as people call it
	Why         string            `json:"why,omitempty"`
	Result      string            `json:"result"`            // what came of it, as far as is known
	Refused     bool              `json:"refused,omitempty"` // it changed nothing; Result says why
	Drill       bool              `json:"drill,omitempty"`   // a rehearsal
	Command     string            `json:"command,omitempty"`
}
