// Package attach lets every process of the same user work with the one engine of a state directory. That engine is a
// process of its own (Serve), which whoever needs it first starts, and which leaves when nothing is left to do. It listens on
// a Unix socket in the directory; consoles and commands speak HTTP with JSON to it (Open). What was journalled is read from
// the directory itself, by anybody; over the socket go commands, and what no journal holds: how far running attempts are,
// notices, who else is there. See docs/engine.md.
package attach

import (
	"context"
	"fmt"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// API is the version of what is spoken over the socket. It changes when an older program would misunderstand it.
const API = 1

// Engine is an engine with what command lines ask of one besides.
type Engine interface {
	engine.Engine
	// Runs are the runs of a service, newest first; "" means every service.
	Runs(service string) ([]promotion.Run, error)
}

// Holder is an engine that holds its state directory.
type Holder interface {
	Engine
	// Wake goes on with what is unfinished, where the engine has waited for a first command.
	Wake()
	// FollowMerges starts a run for every merge from now on, or does no longer.
	FollowMerges(on bool)
	// Busy says what is under way, or waits for a time to go on by itself; "" when nothing is.
	Busy() string
	// Rests tells whether nothing goes on by itself, not even to end what was put aside for a while.
	Rests() bool
	// Refuse journals that somebody was not let do what an engine must be gone for, and gives back why not.
	Refuse(c promotion.Command, why error) error
	// Drain starts nothing further and waits until the attempts under way have ended, or ctx does.
	Drain(ctx context.Context) error
}

// Reader is an engine that reads a state directory beside the one that holds it.
type Reader interface {
	Engine
	// CatchUp takes into account what has been journalled until now.
	CatchUp(ctx context.Context) error
	// Told says whether somebody tells when to catch up, so that the reader need not look by itself.
	Told(bool)
}

// Wants is what a program asks of an engine by looking on.
type Wants string

// What may be wanted; each includes the one before.
const (
	Nothing Wants = ""       // nothing goes on for its sake
	Work    Wants = "work"   // what is unfinished goes on
	Merges  Wants = "merges" // and every merge starts a run, while it looks on
)

// Caller is a program that works with an engine.
type Caller struct {
	Operator string // in whose name
	Program  string // "gantry run orders"
	Wants    Wants
}

// About is what an engine says of itself.
type About struct {
	API     int       `json:"api"`
	Version string    `json:"version"` // of Gantry
	Build   string    `json:"build"`   // of that version: two programs that differ have different ones
	PID     int       `json:"pid"`
	Program string    `json:"program"` // "gantry engine"
	Since   time.Time `json:"since"`
}

func (a About) String() string { return fmt.Sprintf("%s (pid %d)", a.Program, a.PID) }
