// Package numbers makes figures of what runs did: how often, how soon, how well. It is a function of the runs.
package numbers

import (
	"cmp"
	"slices"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// Options say what the figures are about.
type Options struct {
	Environments []string // in promotion order; the last one is production
	From, To     time.Time
	First        time.Time // when the first run began, if that is not among those given
}

// Of makes the figures of a window of time. Runs of the time before it should be given too: what happens in the window
// may have begun there.
func Of(runs []promotion.Run, o Options) engine.Numbers {
	runs = slices.SortedFunc(slices.Values(runs), func(a, b promotion.Run) int { return cmp.Compare(a.ID, b.ID) })
	if o.First.IsZero() && len(runs) > 0 {
		o.First = runs[0].Started
	}
	if o.First.After(o.From) {
		o.From = o.First
	}
	n := engine.Numbers{From: o.From, To: o.To}
	if len(o.Environments) > 0 {
		n.Last = o.Environments[len(o.Environments)-1]
	}
	counted, left := choose(runs, o)
	n.LeftOut = left
	var all sample
	for _, service := range servicesOf(counted) {
		s := gather(counted[service], o)
		n.Services = append(n.Services, s.numbers(service, o))
		all.add(s)
	}
	n.Overall = all.numbers("", o)
	return n
}

func servicesOf(runs map[string][]promotion.Run) []string {
	var names []string
	for name := range runs {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// choose leaves out rehearsals, what was put aside, and try-outs of a working tree, with the rollbacks that they called
// for. What is left is grouped by service, oldest first.
func choose(runs []promotion.Run, o Options) (map[string][]promotion.Run, engine.LeftOut) {
	counted, left, unclean := map[string][]promotion.Run{}, engine.LeftOut{}, map[promotion.RunID]bool{}
	for _, run := range runs {
		inWindow := 0
		if o.within(run.Started) {
			inWindow = 1
		}
		revert := run.Plan.Revert
		switch {
		case run.Plan.Rehearsal():
			left.Drills += inWindow
		case run.Plan.Kind == promotion.Reprovision:
			left.Reprovisions += inWindow
		case run.Plan.Kind == promotion.Promotion && run.Release.Commit != "" && run.Release.Dirty != "",
			revert != nil && unclean[revert.Cause]:
			left.Unclean += inWindow
			unclean[run.ID] = true
		default:
			counted[run.Plan.Service] = append(counted[run.Plan.Service], run)
		}
	}
	return counted, left
}

// within tells whether a moment is in the window.
func (o Options) within(at time.Time) bool { return !at.Before(o.From) && !at.After(o.To) }

// column is the place of a column in promotion order: build is 0; -1 for one that is not configured any more.
func (o Options) column(name string) int {
	if name == promotion.BuildColumn {
		return 0
	}
	if at := slices.Index(o.Environments, name); at >= 0 {
		return at + 1
	}
	return -1
}

// last is the environment that counts as production.
func (o Options) last() string {
	if len(o.Environments) == 0 {
		return ""
	}
	return o.Environments[len(o.Environments)-1]
}
