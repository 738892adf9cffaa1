package promotion

import (
	"fmt"
	"slices"
	"testing"
)

// judged is a run whose only stage had these attempts.
func judged(id RunID, attempts ...Attempt) Run {
	state := StateWaiting
	if n := len(attempts); n > 0 {
		state = attempts[n-1].State
	}
	return Run{ID: id, Columns: []ColumnState{{Column: Column{Name: "qa"}, Stages: []StageState{{ID: "qa/e2e", State: state, Attempts: attempts}}}}}
}

func failed(names ...string) Attempt {
	t := &Tests{Failed: len(names)}
	for _, name := range names {
		t.Failing = append(t.Failing, FailedTest{Name: name})
	}
	return Attempt{State: StateFailed, Result: &Result{Tests: t}}
}

func passed(flaky ...string) Attempt {
	t := &Tests{}
	for _, name := range flaky {
		t.Flaky = append(t.Flaky, FailedTest{Name: name})
	}
	return Attempt{State: StateSucceeded, Result: &Result{Tests: t}}
}

func TestFailedTestsAreJudgedByTheServicesEarlierRuns(t *testing.T) {
	truncated := failed("a")
	truncated.Result.Tests.Failed = 60
	for name, test := range map[string]struct {
		now     Run
		earlier []Run // newest first
		want    string
	}{
		"all passed in the last run":              {judged(9, failed("a", "b")), []Run{judged(8, passed())}, "a new, b new"},
		"one has failed since the last good":      {judged(9, failed("a", "b")), []Run{judged(8, failed("b")), judged(7, failed("b", "c")), judged(6, passed())}, "a new, b known 7"},
		"it failed before the last good only":     {judged(9, failed("a")), []Run{judged(8, passed()), judged(7, failed("a"))}, "a new"},
		"the bad run between had no verdict":      {judged(9, failed("a")), []Run{judged(8, Attempt{State: StateErrored}), judged(7, passed())}, "a new"},
		"a run that never came here is no word":   {judged(9, failed("a")), []Run{judged(8), judged(7, failed("a")), judged(6, passed())}, "a known 7"},
		"a report once called it flaky":           {judged(9, failed("a", "b")), []Run{judged(8, passed("a"))}, "b new, a flaky"},
		"it passed at a second try, once":         {judged(9, failed("a")), []Run{judged(8, passed()), judged(7, failed("a"), passed())}, "a flaky"},
		"it flaked just now":                      {judged(9, passed("a")), []Run{judged(8, passed())}, "a flaky passed"},
		"nothing is known of earlier runs":        {judged(9, failed("a")), nil, "a "},
		"it has never been good":                  {judged(9, failed("a", "b")), []Run{judged(8, failed("a"))}, "b , a known 8"},
		"the run before had more than it lists":   {judged(9, failed("a", "b")), []Run{judged(8, truncated), judged(7, passed())}, "b , a known 8"},
		"it fails again at the second try":        {judged(9, failed("a", "b"), failed("a")), []Run{judged(8, passed())}, "a new"},
		"long ago is not looked at for flakiness": {judged(99, failed("a")), append(manyGood(98, looked), judged(2, passed("a"))), "a new"},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			for i, test := range test.now.Judge("qa/e2e", slices.Values(test.earlier)).Tests {
				if i > 0 {
					got += ", "
				}
				got += test.Name + " " + string(test.Novelty)
				if test.Since > 0 {
					got += fmt.Sprintf(" %d", test.Since)
				}
				if test.Passed {
					got += " passed"
				}
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func manyGood(from RunID, n int) []Run {
	var all []Run
	for i := range n {
		all = append(all, judged(from-RunID(i), passed()))
	}
	return all
}

// scan is an attempt whose step "sast" found these.
func scan(state State, prints ...string) Attempt {
	f := &Findings{Total: len(prints), Prints: prints}
	for _, p := range prints {
		f.Listed = append(f.Listed, Finding{Print: p, Text: p})
	}
	return Attempt{State: state, Steps: []Step{{Name: "sast", Findings: f}}}
}

func TestFindingsAreNewWhenTheLastGoodRunHadFewerOfThem(t *testing.T) {
	for name, test := range map[string]struct {
		now     Attempt
		earlier []Run
		want    string
	}{
		"none is new":                      {scan(StateSucceeded, "a", "b"), []Run{judged(8, scan(StateSucceeded, "b", "a"))}, "8: 2, 0 new true [a b]"},
		"one is, and comes first":          {scan(StateFailed, "a", "b"), []Run{judged(8, scan(StateSucceeded, "a"))}, "8: 2, 1 new true [b a]"},
		"the same once more":               {scan(StateFailed, "a", "a"), []Run{judged(8, scan(StateSucceeded, "a"))}, "8: 2, 1 new true [a a]"},
		"a bad run between does not count": {scan(StateFailed, "a", "b"), []Run{judged(8, scan(StateFailed, "a", "b")), judged(7, scan(StateSucceeded, "a"))}, "7: 2, 1 new true [b a]"},
		"there was no good run":            {scan(StateFailed, "a"), []Run{judged(8, scan(StateFailed, "a"))}, "0: 1, 0 new false [a]"},
		"the good run did not scan":        {scan(StateFailed, "a"), []Run{judged(8, passed())}, "8: 1, 0 new false [a]"},
	} {
		t.Run(name, func(t *testing.T) {
			j := judged(9, test.now).Judge("qa/e2e", slices.Values(test.earlier))
			var listed []string
			for _, f := range j.Scans[0].Listed {
				listed = append(listed, f.Text)
			}
			if got := fmt.Sprintf("%d: %d, %d new %v %v", j.LastGood, j.Scans[0].Total, j.Scans[0].New, j.Scans[0].Compared, listed); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}
