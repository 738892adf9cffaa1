package attach

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// order is what an operator asks of a run. What a driver reports has no place here.
type order struct {
	ID          string            `json:"id"` // makes it apply at most once
	Run         promotion.RunID   `json:"run"`
	Verb        promotion.Verb    `json:"verb"`
	Actor       string            `json:"actor"`
	Reason      string            `json:"reason,omitempty"`
	Stage       promotion.StageID `json:"stage,omitempty"`
	Environment string            `json:"environment,omitempty"`
	Digest      promotion.Digest  `json:"digest,omitempty"`
	Until       *time.Time        `json:"until,omitempty"`
}

// orders are the verbs that may come over the socket.
var orders = map[promotion.Verb]bool{
	promotion.VerbStep: true, promotion.VerbPause: true, promotion.VerbResume: true, promotion.VerbRetry: true, promotion.VerbRetryFrom: true,
	promotion.VerbAbort: true, promotion.VerbRollBack: true, promotion.VerbApprove: true, promotion.VerbReject: true,
	promotion.VerbOverride: true, promotion.VerbExtend: true, promotion.VerbRemove: true,
}

func orderOf(c promotion.Command) order {
	return order{ID: c.ID, Run: c.Run, Verb: c.Verb, Actor: c.Actor, Reason: c.Reason, Stage: c.Stage, Environment: c.Environment, Digest: c.Digest, Until: c.Until}
}

func (o order) command() (promotion.Command, error) {
	if !orders[o.Verb] {
		return promotion.Command{}, fmt.Errorf("%q is nothing that an operator asks of a run", o.Verb)
	}
	return promotion.Command{ID: o.ID, Run: o.Run, Verb: o.Verb, Actor: o.Actor, Reason: o.Reason, Stage: o.Stage, Environment: o.Environment, Digest: o.Digest, Until: o.Until}, nil
}

// answer is what comes of a request: the run that was started, the slots that were changed, or nothing.
type answer struct {
	Run   promotion.RunID  `json:"run,omitempty"`
	Slots []promotion.Slot `json:"slots,omitempty"`
}

// problem is why a request changes nothing: a refusal by the rules, which says what would work instead, or an error.
type problem struct {
	Verb    promotion.Verb `json:"verb,omitempty"` // of a refusal
	Why     string         `json:"why"`
	Instead string         `json:"instead,omitempty"`
}

// problemOf is an error as it goes over the socket, with its HTTP status.
func problemOf(err error) (problem, int) {
	var refusal *promotion.Refusal
	if errors.As(err, &refusal) {
		return problem{Verb: refusal.Verb, Why: refusal.Why, Instead: refusal.Instead}, http.StatusConflict
	}
	return problem{Why: err.Error()}, http.StatusUnprocessableEntity
}

// error is the problem as the engine itself would have returned it.
func (p problem) error(status int) error {
	if status == http.StatusConflict {
		return &promotion.Refusal{Verb: p.Verb, Why: p.Why, Instead: p.Instead}
	}
	return errors.New(p.Why)
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // whoever has gone needs no answer
}

// The requests that start something, by their path.
const (
	pathAbout       = "/v1/about"
	pathWatch       = "/v1/watch"
	pathStart       = "/v1/start"
	pathRerun       = "/v1/rerun"
	pathReprovision = "/v1/reprovision"
	pathRollback    = "/v1/rollback"
	pathCommand     = "/v1/command"
	pathSlot        = "/v1/slot"
	pathLeave       = "/v1/leave"
)
