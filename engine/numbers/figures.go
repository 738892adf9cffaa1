package numbers

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// How much must be known before a figure says more than chance does.
const (
	enough        = 5  // for a median or a share
	enoughForTail = 20 // for a 95th percentile: with fewer it is merely the slowest one
	enoughTime    = 24 * time.Hour
)

// numbers makes the figures of a sample. Every figure stands there, with its definition, whether it has a value or not.
func (s *sample) numbers(service string, o Options) engine.ServiceNumber {
	last := o.last()
	n := engine.ServiceNumber{Service: service, Overridden: s.overridden, Figures: []engine.Figure{
		s.frequency(o),
		times("lead_time", "lead time for changes",
			"From the time of the commit that a release was built of to the time it was live in "+last+", the first time that commit was; the median.", s.leads),
		share("change_fail_rate", "change fail rate",
			"Of the deployments to "+last+" of which it is known, the share that a verification there failed, or that was rolled back, by policy or by a person.", s.failed, s.decided),
		s.recovery(last),
		share("rework_rate", "deployment rework rate",
			"Of all changes of what is live in "+last+", rollbacks included, the share that repaired an earlier one: rollbacks, and releases that followed while a failed one was still live.", s.rework, s.changes),
	}}
	for _, environment := range slices.Concat([]string{promotion.BuildColumn}, o.Environments) {
		n.Figures = append(n.Figures, s.catch(environment, o))
	}
	n.Figures = append(n.Figures,
		times("rollback_time", "rollback time", "From the start of a rollback of one environment to its proven end, of those that succeeded; the median.", s.rollbacks),
		share("rollback_success", "rollback success", "Of the rollbacks that ended, the share after which the target was live and healthy. Where nothing had to be done is not counted.", len(s.rollbacks), s.tried),
		share("flake_rate", "flake rate", "Of the stages that passed, the share that had failed on the very same inputs before.", s.flaky, s.passed),
		s.waiting(last))
	n.Stages = s.durations(o)
	return n
}

func (s *sample) frequency(o Options) engine.Figure {
	f := engine.Figure{Key: "deployment_frequency", Name: "deployment frequency", Unit: engine.PerDay, N: s.deployments,
		Definition: "How many promotions went live in " + o.last() + ", for each day of the window since the first run."}
	observed := o.To.Sub(o.From)
	if observed < enoughTime {
		f.Note = fmt.Sprintf("n = %d in less than a day, too short", s.deployments)
		return f
	}
	value := float64(s.deployments) / observed.Hours() * 24
	f.Value = &value
	return f
}

func (s *sample) recovery(last string) engine.Figure {
	f := times("recovery_time", "failed deployment recovery time",
		"From the time a release that failed was live in "+last+" to the time a good one was again, by rollback or by a newer release; the median.", s.recoveries)
	if s.open > 0 {
		f.Note = strings.TrimPrefix(fmt.Sprintf("%s; %d not recovered from yet", f.Note, s.open), "; ")
	}
	return f
}

// catch is how many of the bad releases that came as far as an environment were stopped there.
func (s *sample) catch(environment string, o Options) engine.Figure {
	column, stopped, reached := o.column(environment), 0, 0
	for _, f := range s.faults {
		if f.column < column {
			continue
		}
		reached++
		if f.column == column && f.stopped {
			stopped++
		}
	}
	return share("catch_rate."+environment, "catch rate, "+environment,
		"Of the releases found bad in "+environment+" or later, or rolled back by a person there or later, the share that a stage of "+environment+" stopped.", stopped, reached)
}

func (s *sample) waiting(last string) engine.Figure {
	f := engine.Figure{Key: "gate_wait_share", Name: "gate-wait share", Unit: engine.Share, N: s.paths,
		Definition: "Of the time between the start of a run and its release being live in " + last + ", the share in which none of its stages was at work: it waited for gates, other runs, people, or an engine."}
	if s.paths < enough || s.total <= 0 {
		f.Note = tooFew(s.paths, enough)
		return f
	}
	value := max(0, 1-float64(s.working)/float64(s.total))
	f.Value = &value
	return f
}

// durations are how long the stages take, in promotion order.
func (s *sample) durations(o Options) []engine.Figure {
	var ids []promotion.StageID
	for id := range s.stages {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b promotion.StageID) int {
		if d := o.column(a.Column()) - o.column(b.Column()); d != 0 {
			return d
		}
		if d := rank(a) - rank(b); d != 0 {
			return d
		}
		return strings.Compare(string(a), string(b))
	})
	var figures []engine.Figure
	for _, id := range ids {
		figures = append(figures, times("stage."+string(id), string(id), "How long "+string(id)+" took when it passed, the last attempt alone; the median.", s.stages[id]))
	}
	return figures
}

// usual is the order of a column's stages.
var usual = []string{"build", "contract", "push", "copy", "migrate", "compat", "deploy", "acceptance", "e2e", "stub", "publish"}

func rank(id promotion.StageID) int {
	if at := slices.Index(usual, id.Name()); at >= 0 {
		return at
	}
	return len(usual)
}

// times is the median of some times, and what 95 of 100 stay below.
func times(key, name, definition string, all []time.Duration) engine.Figure {
	f := engine.Figure{Key: key, Name: name, Definition: definition, Unit: engine.Seconds, N: len(all)}
	if len(all) < enough {
		f.Note = tooFew(len(all), enough)
		return f
	}
	sorted := slices.Sorted(slices.Values(all))
	median := percentile(sorted, 50)
	f.Value = &median
	if len(all) >= enoughForTail {
		p95 := percentile(sorted, 95)
		f.P95 = &p95
	}
	return f
}

// percentile is the smallest time that p of 100 do not exceed, in seconds.
func percentile(sorted []time.Duration, p int) float64 {
	return sorted[(len(sorted)*p+99)/100-1].Seconds()
}

func share(key, name, definition string, part, whole int) engine.Figure {
	f := engine.Figure{Key: key, Name: name, Definition: definition, Unit: engine.Share, N: whole}
	if whole < enough {
		f.Note = tooFew(whole, enough)
		return f
	}
	value := float64(part) / float64(whole)
	f.Value = &value
	return f
}

func tooFew(n, needed int) string {
	return fmt.Sprintf("n = %d, too few: %d are needed", n, needed)
}
