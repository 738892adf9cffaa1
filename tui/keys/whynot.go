package keys

import (
	"fmt"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/present"
)

func noShell(f present.Facts) string {
	if f.NoShell {
		return "no shell waits behind this console that could bring it back"
	}
	return ""
}

func noEvidence(f present.Facts) string {
	if !f.Evidence {
		return "there is none: it is captured before a rollback"
	}
	return ""
}

func noService(f present.Facts) string {
	if f.Service == "" {
		return "no service is configured"
	}
	return ""
}

// notDriven is why nothing can be asked of the run at all.
func notDriven(f present.Facts) string {
	switch {
	case !f.Exists:
		return "nothing has run yet: press {run}"
	case f.Ended != "":
		return fmt.Sprintf("run %d has ended: %s", f.Run, f.Ended)
	case f.RollingBack:
		return fmt.Sprintf("run %d is being rolled back, which is never left half done", f.Run)
	}
	return ""
}

func noPause(f present.Facts) string {
	if why := notDriven(f); why != "" {
		return why
	}
	switch {
	case f.Rollback:
		return "a rollback is never left half done"
	case f.Reprovision:
		return "what is put aside goes nowhere from there: remove it with {reprovision}"
	case f.Held && !f.CountsDown() && !f.Paused:
		return fmt.Sprintf("%s %s and waits for you: retry, override, roll back or abort", f.Stage, f.Bad)
	}
	return ""
}

func noStep(f present.Facts) string {
	if why := noPause(f); why != "" {
		return why
	}
	switch {
	case f.Bad != "":
		return fmt.Sprintf("%s %s: retry it or abort the run", f.Stage, f.Bad)
	case f.Granted:
		return "one more stage may start already"
	}
	return ""
}

func noRetry(f present.Facts) string {
	if why := notDriven(f); why != "" {
		return why
	}
	switch {
	case f.Running:
		return fmt.Sprintf("%s is running", f.Stage)
	case f.Backoff:
		return "" // now, and not when its time has come
	case f.Retrying:
		return fmt.Sprintf("%s is about to be retried already", f.Stage)
	case f.Bad == "":
		return fmt.Sprintf("%s has not failed", f.Stage)
	}
	return ""
}

func noRetryFrom(f present.Facts) string {
	if why := notDriven(f); why != "" {
		return why
	}
	switch {
	case f.Rollback:
		return "a rollback is not taken apart: retry it"
	case f.Reprovision:
		return "it has no earlier stage to go back to"
	case f.Chosen == "":
		return "choose a stage first"
	case f.Chosen.Column() != f.Stage.Column():
		return fmt.Sprintf("the run stands in %s, and %s is another environment's: rerun it from there once it has ended", f.Stage.Column(), f.Chosen)
	case f.Chosen == f.Stage && f.Bad == "":
		return fmt.Sprintf("the run stands at %s: choose an earlier stage", f.Stage)
	case f.Chosen == f.Stage:
		return fmt.Sprintf("the run stands at %s: press {retry}, or choose an earlier stage", f.Stage)
	case !f.ChosenRan:
		return fmt.Sprintf("%s has not run yet", f.Chosen)
	case f.Running:
		return fmt.Sprintf("%s is running", f.Stage)
	case f.Bad == "" && !f.Retrying && !f.Paused:
		return fmt.Sprintf("%s has not failed: pause the run first", f.Stage)
	}
	return ""
}

func noRerun(f present.Facts) string {
	switch {
	case !f.Exists:
		return "nothing has run yet: press {run}"
	case f.Rollback || f.Reprovision:
		return "only a promotion can go once more"
	case f.Ended == "":
		return fmt.Sprintf("run %d has not ended: retry it, or abort it first", f.Run)
	}
	return ""
}

func noReprovision(f present.Facts) string {
	switch {
	case !f.Exists:
		return "nothing has run yet: press {run}"
	case f.Reprovision && f.Ended != "":
		return "it has been removed already"
	case f.Rollback:
		return "choose the promotion whose release is to be investigated"
	case f.Image == "":
		return "its image is not built yet: there is nothing to put aside"
	}
	return ""
}

func noExtend(f present.Facts) string {
	if why := notDriven(f); why != "" {
		return why
	}
	switch {
	case f.Reprovision:
		return ""
	case !f.Held:
		return fmt.Sprintf("run %d is not on hold", f.Run)
	case !f.CountsDown():
		return "no countdown runs: it waits for a person"
	}
	return ""
}

func noAbort(f present.Facts) string {
	if why := notDriven(f); why != "" {
		return why
	}
	switch {
	case f.Rollback && f.Begun:
		return "a rollback is never left half done"
	case f.Reprovision:
		return "it would stay for ever: remove it with {reprovision}"
	}
	return ""
}

func noAbortBack(f present.Facts) string {
	if why := notDriven(f); why != "" {
		return why
	}
	switch {
	case f.Rollback:
		return "a rollback is never rolled back"
	case f.Reprovision:
		return "it would stay for ever: remove it with {reprovision}"
	case f.Deploying:
		return fmt.Sprintf("%s is changing the environment right now: it fails over by itself", f.Stage)
	case len(f.Reverts) == 0:
		return "it has deployed nothing that its policy rolls back here: press {abort}"
	}
	return ""
}

func noRollBack(f present.Facts) string {
	switch {
	case f.Service == "":
		return "no service is configured"
	case f.RollingBack:
		return fmt.Sprintf("run %d is being rolled back already", f.Run)
	case f.Rollback && f.Ended == "":
		return "a rollback is never rolled back"
	case f.Bad != "" && f.Ended == "" && len(f.Reverts) > 0:
		return ""
	case f.Reprovision && f.Ended == "":
		return "what is put aside is not live: remove it with {reprovision}, or press {next-run} to the service's other runs"
	case f.Environment == "":
		return "choose an environment first: the build column holds nothing"
	case !f.Live:
		return "nothing is live in " + f.Environment
	}
	return ""
}

func noApprove(f present.Facts) string {
	if why := noReject(f); why != "" {
		return why
	}
	if f.Own != "" {
		return fmt.Sprintf("%s wrote or started it, and %s wants four eyes: ask somebody else", f.Own, f.Before)
	}
	if f.Approved != "" {
		return f.Approved + " has approved it already"
	}
	return ""
}

func noReject(f present.Facts) string {
	if why := notDriven(f); why != "" {
		return why
	}
	switch {
	case f.Before == "":
		return fmt.Sprintf("it stands at %s: nothing asks for an approval there", f.Stage)
	case !f.Asks:
		return f.Before + " asks for no approval"
	}
	return ""
}

func noOverride(f present.Facts) string {
	if why := notDriven(f); why != "" {
		return why
	}
	switch {
	case f.Rollback || f.Reprovision:
		return "only a promotion has anything to override"
	case f.Bad != "" && !f.Overrides:
		return fmt.Sprintf("%s changes what later stages rely on, and cannot be waved through: retry it, or abort", f.Stage)
	case f.Bad != "" || f.Gate.Overridable():
		return ""
	case f.Gate == promotion.GateApproval:
		return "it waits for an approval: press {approve}"
	case f.Gate == promotion.GateHold:
		return f.Stage.Column() + " is on hold: release it with {hold}"
	case f.Gate == promotion.GateVeto:
		return "the release may not enter: allow it with {veto}"
	case f.Gate != "":
		return "it opens by itself: " + f.GateWhy
	}
	return "nothing is shut, and nothing has gone wrong"
}

func noHold(f present.Facts) string {
	if f.Environment == "" {
		return "choose an environment first: the build column holds nothing"
	}
	return noService(f)
}

func noVeto(f present.Facts) string {
	switch {
	case f.Rollback:
		return "choose the run whose release is meant: press {next-run}"
	case !f.Exists:
		return "nothing has run yet: press {run}"
	case f.Environment == "":
		return "choose an environment first: the build column holds nothing"
	case f.Image == "":
		return "its image is not built yet: there is nothing to keep out"
	}
	return ""
}
