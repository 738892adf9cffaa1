// Package notify tells people and programs when a run ends or waits for a person: a webhook or a command. What is told is
// read from the journal, so that nothing is forgotten when the engine ends, and no run ever waits for a receiver.
package notify

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// The types of messages.
const (
	Finished = "run.finished"
	Waits    = "run.waits"
)

// Message is one notification, as its receiver gets it. The names are stable.
type Message struct {
	ID        string                     `json:"id"`   // the same however often it is delivered: receivers drop doubles by it
	Type      string                     `json:"type"` // run.finished | run.waits
	News      string                     `json:"news"` // succeeded | failed | waits; "" when something else went first
	Seq       int64                      `json:"seq"`  // of the event in the journal
	At        time.Time                  `json:"at"`
	Drill     bool                       `json:"drill"` // a rehearsal: nothing is wrong in earnest
	Text      string                     `json:"text"`  // the whole in one sentence; of a drill it begins with "DRILL"
	Run       promotion.RunID            `json:"run"`
	Kind      promotion.RunKind          `json:"kind"`
	Service   string                     `json:"service"`
	Team      string                     `json:"team,omitempty"`
	Version   string                     `json:"version,omitempty"`
	Commit    string                     `json:"commit,omitempty"`
	Subject   string                     `json:"subject,omitempty"`
	Author    string                     `json:"author,omitempty"`
	Outcome   promotion.Outcome          `json:"outcome,omitempty"` // of a run that has ended
	Stage     promotion.StageID          `json:"stage,omitempty"`   // where the run stands, or stood
	Reason    string                     `json:"reason,omitempty"`
	Who       string                     `json:"who,omitempty"`   // of one that waits: who can do what
	Until     *time.Time                 `json:"until,omitempty"` // of one that waits: when Gantry acts if nobody does
	Rollbacks []promotion.LinkedRollback `json:"rollbacks,omitempty"`
}

// about is what a message says of its run, whatever happened to it.
func about(run promotion.Run, kind string, seq int64, at time.Time) Message {
	m := Message{
		Type: kind, News: run.News(), Seq: seq, At: at, Drill: run.Plan.Rehearsal(),
		Run: run.ID, Kind: run.Plan.Kind, Service: run.Plan.Service, Team: run.Plan.Team,
		Version: run.Release.Version, Commit: run.Release.Commit, Subject: run.Release.Subject, Author: run.Release.Author,
		Rollbacks: run.Rollbacks,
	}
	if _, stage, more := run.Current(); more {
		m.Stage = stage.ID
	}
	// The run's start tells two journals apart, and the number of the event two messages of one.
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %d %s", run.Started.UnixNano(), run.ID, seq, kind))
	m.ID = hex.EncodeToString(sum[:16])
	return m
}

func finished(run promotion.Run, e promotion.Event) Message {
	m := about(run, Finished, e.Seq, e.At)
	m.Outcome, m.Reason = run.Outcome, run.Reason
	m.Text = m.say(fmt.Sprintf("run %d of %s %s ended: %s", run.ID, run.Plan.Service, run.Release.Name(), run.Outcome))
	return m
}

func waits(run promotion.Run, waiting promotion.Waiting, seq int64) Message {
	m := about(run, Waits, seq, waiting.Since)
	m.Reason, m.Who, m.Until = waiting.Reason, waiting.Who, waiting.Until
	m.Text = m.say(fmt.Sprintf("run %d of %s %s waits for %s", run.ID, run.Plan.Service, run.Release.Name(), waiting.Who))
	return m
}

func (m Message) say(what string) string {
	if m.Reason != "" {
		what += " (" + m.Reason + ")"
	}
	if m.Drill {
		what = "DRILL, nothing is wrong in earnest: " + what
	}
	return what
}

// wanted tells whether the target wants to be told of it.
func wanted(n config.Notify, m Message) bool {
	return len(n.On) == 0 || slices.Contains(n.On, m.News)
}
