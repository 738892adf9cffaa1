package promotion

import (
	"iter"
	"slices"
)

// Novelty says how a failed test stands to the service's earlier runs.
type Novelty string

// The novelties, in the order in which they are worth a look.
const (
	FailureNew   Novelty = "new"   // it did not fail in the last good run, nor in a bad one since
	FailureKnown Novelty = "known" // it has failed since an earlier run
	FailureFlaky Novelty = "flaky" // it is known to fail and to pass with the same inputs
	// FailureUnjudged is one of which the runs that are known say nothing.
	FailureUnjudged Novelty = ""
)

// JudgedTest is a test that failed, or passed only at the second try, with what earlier runs say about it.
type JudgedTest struct {
	FailedTest
	Novelty Novelty
	Since   RunID // known: the first run in which it failed without a good one in between
	Passed  bool  // flaky: it passed in the end
}

// Judged is what a stage's failures are worth, compared with the service's earlier runs.
type Judged struct {
	LastGood RunID        // the last run before this one in which the stage succeeded; 0 when none is known
	Tests    []JudgedTest // new, then known, then flaky
	Scans    []JudgedScan
}

// JudgedScan is one step's findings.
type JudgedScan struct {
	Step     string
	Total    int
	New      int       // of them, since the last good run
	Compared bool      // false: there is nothing to compare with, and New means nothing
	Listed   []Finding // the new ones first, if they are known
	Fresh    int       // how many of Listed are new
}

// looked is how many earlier runs are looked at for flaky tests.
const looked = 20

// Judge compares a stage's last attempt with earlier runs of the same service and kind, which are given newest first.
func (r Run) Judge(id StageID, earlier iter.Seq[Run]) Judged {
	stage, _ := r.Stage(id)
	p := past{flaky: map[string]bool{}, since: map[string]RunID{}}
	p.retried(stage)
	n := 0
	for run := range earlier {
		if n++; n > looked && p.good != nil {
			break
		}
		if s, found := run.Stage(id); found && len(s.Attempts) > 0 {
			p.take(run.ID, s)
		}
	}
	last := stage.Last()
	j := Judged{LastGood: p.lastGood, Tests: p.judge(last)}
	for _, step := range last.Steps {
		if step.Findings != nil {
			j.Scans = append(j.Scans, p.scan(step))
		}
	}
	return j
}

// past is what earlier runs say about a stage.
type past struct {
	flaky    map[string]bool
	since    map[string]RunID // of tests that have failed in the unbroken series of bad runs up to now
	lastGood RunID
	good     *StageState // of that run
	cut      bool        // a bad run since had more failures than it lists
}

func (p *past) take(run RunID, s StageState) {
	p.retried(s)
	switch {
	case p.good != nil:
	case s.State == StateSucceeded:
		p.lastGood, p.good = run, &s
	case s.Bad():
		t := tests(s.Last())
		p.cut = p.cut || t.Failed > len(t.Failing)
		for _, t := range t.Failing {
			p.since[t.Name] = run
		}
	}
}

// retried learns which tests are flaky: those that a report says so of, and those that failed in an attempt and not in the
// one that succeeded on the same inputs.
func (p *past) retried(s StageState) {
	for _, a := range s.Attempts {
		for _, t := range tests(a).Flaky {
			p.flaky[t.Name] = true
		}
		if s.State == StateSucceeded && a.State == StateFailed {
			for _, t := range tests(a).Failing {
				p.flaky[t.Name] = true
			}
		}
	}
}

func tests(a Attempt) Tests {
	if a.Result == nil || a.Result.Tests == nil {
		return Tests{}
	}
	return *a.Result.Tests
}

func (p *past) judge(a Attempt) []JudgedTest {
	var fresh, known, flaky []JudgedTest
	for _, t := range tests(a).Failing {
		since, failedBefore := p.since[t.Name]
		switch {
		case p.flaky[t.Name]:
			flaky = append(flaky, JudgedTest{FailedTest: t, Novelty: FailureFlaky})
		case failedBefore:
			known = append(known, JudgedTest{FailedTest: t, Novelty: FailureKnown, Since: since})
		case p.good == nil || p.cut:
			fresh = append(fresh, JudgedTest{FailedTest: t})
		default:
			fresh = append(fresh, JudgedTest{FailedTest: t, Novelty: FailureNew})
		}
	}
	for _, t := range tests(a).Flaky {
		flaky = append(flaky, JudgedTest{FailedTest: t, Novelty: FailureFlaky, Passed: true})
	}
	return slices.Concat(fresh, known, flaky)
}

// scan tells a step's new findings from those that were there in the last good run: as many as it has more of a kind.
func (p *past) scan(step Step) JudgedScan {
	now := step.Findings
	j := JudgedScan{Step: step.Name, Total: now.Total, Listed: now.Listed}
	before := p.findings(step.Name)
	if before == nil || len(before.Prints) < before.Total || len(now.Prints) < now.Total {
		return j
	}
	known := map[string]int{}
	for _, print := range before.Prints {
		known[print]++
	}
	extra := map[string]int{}
	for _, print := range now.Prints {
		if known[print]--; known[print] < 0 {
			extra[print]++
			j.New++
		}
	}
	var fresh, old []Finding
	for _, f := range now.Listed {
		if extra[f.Print] > 0 {
			extra[f.Print]--
			fresh = append(fresh, f)
		} else {
			old = append(old, f)
		}
	}
	j.Compared, j.Fresh, j.Listed = true, len(fresh), slices.Concat(fresh, old)
	return j
}

// findings are what the step had found in the last good run.
func (p *past) findings(step string) *Findings {
	if p.good == nil {
		return nil
	}
	for _, s := range p.good.Last().Steps {
		if s.Name == step {
			return s.Findings
		}
	}
	return nil
}
