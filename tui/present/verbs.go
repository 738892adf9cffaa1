package present

import "github.com/gantry-cd/gantry/engine/promotion"

// VerbRerun is no command to a run: it starts another one.
const VerbRerun promotion.Verb = "rerun"

// VerbReprovision is no command to a run either.
const VerbReprovision promotion.Verb = "reprovision"

// explanations tell apart what users take for each other.
var explanations = map[promotion.Verb]string{
	promotion.VerbRetry:     "retry: the stage that went wrong once more, as a new attempt with the very same inputs; what was done before it stays done",
	promotion.VerbRetryFrom: "retry from: this stage and all after it in the same environment once more, with the very same release",
	VerbReprovision:         "reprovision: the release of this run beside what is live, with an endpoint and a copy of the database of its own, until it expires or is removed; it never counts as live",
	VerbRerun:               "rerun: a new run of the same release, from the build or from an environment; the run that ended stays as it is",
	promotion.VerbResume:    "resume: a run that was paused or interrupted goes on where it is; nothing that is done is done again",
}

// Explain is one line on what a verb does that is easily taken for another one; "" for those that are not.
func Explain(verb promotion.Verb) string { return explanations[verb] }
