package commandline

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/journal"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/plain"
)

type auditCmd struct {
	Since   window          `help:"Only what was done in this time, as 30d or 12h; default: everything."`
	Service string          `help:"Only this service."`
	Number  promotion.RunID `name:"run" help:"Only this run."`
	Verify  bool            `help:"Check that nobody edited the journal, and name the first event that does not fit."`
	Anchor  *journal.Anchor `help:"With --verify: what an earlier --verify printed. Shows, too, whether the journal was cut or written anew since." placeholder:"NUMBER:HASH"`
	Output  string          `help:"plain or json." enum:"plain,json" default:"plain"`
}

// Run prints the audit, or verifies it.
func (c auditCmd) Run(a *app) error {
	if c.Verify {
		return c.verify(a)
	}
	if c.Anchor != nil {
		return usage{errors.New("--anchor goes with --verify")}
	}
	e, err := a.read()
	if err != nil {
		return err
	}
	defer e.Close()
	if _, err := e.Runs(c.Service); err != nil {
		return usage{err}
	}
	entries, err := e.Audit(a.ctx)
	if err != nil {
		return err
	}
	return plain.Audit(a.out, slices.DeleteFunc(entries, c.leavesOut(time.Now())), c.Output)
}

func (c auditCmd) leavesOut(now time.Time) func(engine.AuditEntry) bool {
	return func(e engine.AuditEntry) bool {
		return c.Since > 0 && e.At.Before(now.Add(-time.Duration(c.Since))) ||
			c.Service != "" && e.Service != c.Service ||
			c.Number != 0 && e.Run != c.Number
	}
}

// verify checks the journal itself, not what an engine makes of it: an edited one may not be fit for an engine.
func (c auditCmd) verify(a *app) error {
	var anchor journal.Anchor
	if c.Anchor != nil {
		anchor = *c.Anchor
	}
	end, err := a.wiring.Verify(a.ctx, a.files, anchor)
	var broken *journal.Broken
	if errors.As(err, &broken) && c.Output == plain.JSON {
		return errors.Join(plain.Verified(a.out, plain.Verification{Seq: broken.Seq, Why: broken.Why}, c.Output), exit(Failed))
	}
	if errors.Is(err, fs.ErrNotExist) {
		return usage{err}
	}
	if err != nil {
		return err
	}
	if err := plain.Verified(a.out, plain.Verification{Whole: true, Seq: end.Seq, Anchor: end.String()}, c.Output); err != nil {
		return fmt.Errorf("say that the journal is whole: %w", err)
	}
	return nil
}
