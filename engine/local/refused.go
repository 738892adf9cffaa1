package local

import (
	"errors"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// Refuse journals that an operator was not let do what this engine would have to be gone for, so that the audit tells of it,
// and returns why not.
func (e *Engine) Refuse(c promotion.Command, why error) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.remember(c, why)
}

// remember journals that an operator's command was refused, so that the audit tells of it; the error that says why is the
// operator's all the same. The caller holds mu.
func (e *Engine) remember(c promotion.Command, err error) error {
	var refusal *promotion.Refusal
	if e.journal == nil || !errors.As(err, &refusal) {
		return err
	}
	now := e.options.Now()
	before, failed := e.journal.OfNoRun(e.ctx, now.Add(-promotion.RefusalsWithin))
	if failed != nil {
		e.complain("whether the journal tells already that %s was refused to %s cannot be read: %v", c.Verb, c.Actor, failed)
		return err
	}
	if event, told := refusal.Record(c, before, now); told {
		_ = e.write(event) // a journal that cannot be written is told of by itself
	}
	return err
}
