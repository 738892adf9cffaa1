package keys

import "github.com/gantry-cd/gantry/tui/present"

// driving are the keys that start runs and move them on.
func driving() Table {
	return Table{
		{Action: Run, Keys: []string{"r"}, Words: "run", Help: "start a run of this service", Group: "Drive", Where: OfRun | FleetScreen, Footer: 3, WhyNot: noService},
		{Action: DryRun, Keys: []string{"d"}, Words: "dry run", Help: "what a run of this service would do, stage by stage; changes nothing", Group: "Drive", Where: OfRun | FleetScreen | DryRunScreen, Footer: 10, WhyNot: noService},
		{Action: RunPlan, Keys: []string{"enter"}, Words: "run this plan", Help: "in a dry run: run what is shown and nothing else", Group: "Drive", Where: DryRunScreen, Footer: 2},
		{Action: Pause, Keys: []string{" "}, Shown: "space", Words: "pause", Help: "pause or resume: no further stage starts; stops the countdown of a run on hold", Group: "Drive", Where: OfRun, Footer: 4,
			Label: pauseLabel, WhyNot: noPause, Now: present.Facts.CountsDown},
		{Action: Step, Keys: []string{"s"}, Words: "step", Help: "let one more stage start, then pause", Group: "Drive", Where: OfRun, Footer: 5, WhyNot: noStep},
		{Action: Extend, Keys: []string{"+"}, Words: "extend", Help: "give a run on hold ten more minutes before it is rolled back; what is put aside another hour", Group: "Drive", Where: OfRun, WhyNot: noExtend,
			Label: func(f present.Facts) string { return either(f.Reprovision, "1 hour more", "10 min more") },
			Now:   func(f present.Facts) bool { return f.CountsDown() || f.Reprovision }},
		{Action: Retry, Keys: []string{"t"}, Words: "retry", Help: "attempt the stage that went wrong again, with the same inputs", Group: "Drive", Where: OfRun, Footer: 6, WhyNot: noRetry, Now: broke},
		{Action: RetryFrom, Keys: []string{"F"}, Words: "retry from", Help: "go back to the chosen stage of the same environment: it and all after it once more", Group: "Drive", Where: OfRun, WhyNot: noRetryFrom},
		{Action: Rerun, Keys: []string{"R"}, Words: "rerun", Help: "a new run of the same release, from the build or an environment", Group: "Drive", Where: OfRun, WhyNot: noRerun, Now: mayRerun},
		{Action: RollBack, Keys: []string{"b"}, Words: "roll back", Help: "roll an environment back; shows first what it would do", Group: "Drive", Where: Board | Inspector, Footer: 7, WhyNot: noRollBack,
			Now: func(f present.Facts) bool { return broke(f) && len(f.Reverts) > 0 }},
		{Action: Reprovision, Keys: []string{"P"}, Words: "put aside", Help: "put the run's release aside in Dev to investigate it, or take it away again; it never counts as live", Group: "Drive", Where: OfRun, WhyNot: noReprovision,
			Label: func(f present.Facts) string { return either(f.Reprovision, "remove", "put aside") },
			Now:   func(f present.Facts) bool { return f.Reprovision || f.Ended == "failed" || f.Ended == "rolled back" }},
		{Action: Abort, Keys: []string{"x"}, Words: "abort", Help: "end the run and leave everything as it is; asks first", Group: "Drive", Where: OfRun, Footer: 8, WhyNot: noAbort},
		{Action: AbortBack, Keys: []string{"X"}, Words: "abort and roll back", Help: "end the run and roll back what its policy says; asks first", Group: "Drive", Where: OfRun, WhyNot: noAbortBack},
	}
}

// deciding are the keys for what only a person may say.
func deciding() Table {
	return Table{
		{Action: Approve, Keys: []string{"a"}, Words: "approve", Help: "let the release into the environment that asks for an approval", Group: "Decide", Where: OfRun, WhyNot: noApprove, Now: waitsForApproval},
		{Action: Reject, Keys: []string{"A"}, Words: "reject", Help: "keep the release out of it, which ends the run; wants a reason", Group: "Decide", Where: OfRun, WhyNot: noReject, Now: waitsForApproval},
		{Action: Override, Keys: []string{"O"}, Words: "override", Help: "wave through a verification that went wrong, or a freeze, soak or dependency gate; wants a reason", Group: "Decide", Where: OfRun, WhyNot: noOverride,
			Now: func(f present.Facts) bool { return f.Gate.Overridable() || broke(f) && f.Overrides }},
		{Action: Hold, Keys: []string{"H"}, Words: "hold", Help: "hold or release the chosen environment: nothing enters or goes on in it; wants a reason", Group: "Decide", Where: Board | Inspector, WhyNot: noHold,
			Label: func(f present.Facts) string { return either(f.OnHold != "", "release", "hold") + " " + f.Environment },
			Now:   func(f present.Facts) bool { return f.OnHold != "" }},
		{Action: Veto, Keys: []string{"v"}, Words: "veto", Help: "keep the run's release out of the chosen environment, or allow it again; wants a reason", Group: "Decide", Where: Board | Inspector, WhyNot: noVeto,
			Label: func(f present.Facts) string { return either(f.Vetoed, "allow", "veto") + " the release" },
			Now:   func(f present.Facts) bool { return f.Vetoed && f.Ended == "" }},
	}
}

func either(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

func pauseLabel(f present.Facts) string {
	switch {
	case f.CountsDown():
		return "stop countdown"
	case f.Paused:
		return "resume"
	}
	return "pause"
}

// broke tells whether the run stands at a stage that went wrong, and waits for a person.
func broke(f present.Facts) bool { return f.Bad != "" && f.Ended == "" }

func waitsForApproval(f present.Facts) bool { return f.Asks && f.Approved == "" }

// mayRerun tells whether going once more is the next thing to think of: the run has ended, and not well.
func mayRerun(f present.Facts) bool { return f.Ended != "" && f.Ended != "succeeded" }
