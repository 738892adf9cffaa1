package control

import (
	"errors"

	"github.com/gantry-cd/gantry/engine"
)

// ProblemOf packs an error; nil for none.
func ProblemOf(err error) *Problem {
	if err == nil {
		return nil
	}
	var verdict *engine.Verdict
	if errors.As(err, &verdict) {
		return &Problem{Text: verdict.Why, Verdict: true, FailedOver: verdict.FailedOver}
	}
	return &Problem{Text: err.Error()}
}

// Err unpacks the error; nil for none. A verdict arrives as an *engine.Verdict.
func (p *Problem) Err() error {
	switch {
	case p == nil:
		return nil
	case p.Verdict:
		return &engine.Verdict{Why: p.Text, FailedOver: p.FailedOver}
	}
	return errors.New(p.Text)
}
