package keys

import (
	"fmt"

	"github.com/gantry-cd/gantry/tui/present"
)

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
		return "nothing has run yet: press r"
	case f.Ended != "":
		return fmt.Sprintf("run %d has ended: %s", f.Run, f.Ended)
	case f.RollingBack:
		return fmt.Sprintf("run %d is being rolled back, which is never left half done", f.Run)
	}
	return ""
}

func noStep(f present.Facts) string {
	if why := notDriven(f); why != "" {
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
	case f.Retrying:
		return fmt.Sprintf("%s is about to be retried already", f.Stage)
	case f.Bad == "":
		return fmt.Sprintf("%s has not failed", f.Stage)
	}
	return ""
}

func noAbort(f present.Facts) string {
	if why := notDriven(f); why != "" {
		return why
	}
	if f.Rollback && f.Begun {
		return "a rollback is never left half done"
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
	case f.Environment == "":
		return "choose an environment first: the build column holds nothing"
	case !f.Live:
		return "nothing is live in " + f.Environment
	}
	return ""
}
