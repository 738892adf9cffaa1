package present

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// CompareRow is one thing of two runs side by side. A row without texts is a heading.
type CompareRow struct {
	Label string
	A, B  string
	Diff  string // what changed from A to B; "" nothing
	Role  theme.Role
}

// comparison collects the rows.
type comparison struct{ rows []CompareRow }

func (c *comparison) heading(s string) { c.rows = append(c.rows, CompareRow{}, CompareRow{Label: s}) }

// add puts two texts side by side, and says when they differ unless it is said how.
func (c *comparison) add(label, a, b, diff string, role theme.Role) {
	if a == "" && b == "" {
		return
	}
	if diff == "" && a != b {
		diff, role = "differs", theme.Wait
	}
	c.rows = append(c.rows, CompareRow{Label: label, A: orNone(a), B: orNone(b), Diff: diff, Role: role})
}

func orNone(s string) string {
	if s == "" {
		return "—"
	}
	return s
}

// Compare puts two runs side by side: what they carried, how long they took, how their tests went. between are the runs
// that came between them, whose commits the later one carries too.
func Compare(a, b promotion.Run, between []promotion.Run, now time.Time) []CompareRow {
	c := &comparison{}
	c.add("run", fmt.Sprintf("%d", a.ID), fmt.Sprintf("%d", b.ID), " ", theme.Muted)
	c.add("service", text.Clean(a.Plan.Service), text.Clean(b.Plan.Service), "", theme.Muted)
	c.add("came of it", RunMark(a).Word, RunMark(b).Word, "", RunMark(b).Role)
	c.add("drill", Drill(a), Drill(b), "", theme.Drill)
	c.add("why", text.Clean(a.Reason), text.Clean(b.Reason), " ", theme.Muted)
	c.add("started", a.Started.Local().Format("2 Jan 15:04:05"), b.Started.Local().Format("2 Jan 15:04:05"), apart(b.Started.Sub(a.Started)), theme.Muted)
	c.add("by", text.Clean(a.Actor), text.Clean(b.Actor), " ", theme.Muted)
	c.took("took", lasted(a, now), lasted(b, now))
	c.carried(a.Release, b.Release)
	c.commits(b, between)
	c.durations(a, b, now)
	c.tests(a, b)
	return c.rows
}

func lasted(run promotion.Run, now time.Time) time.Duration {
	if run.Done() {
		now = run.Finished
	}
	return now.Sub(run.Started)
}

func apart(d time.Duration) string {
	if d < 0 {
		return Elapsed(-d) + " earlier"
	}
	return Elapsed(d) + " later"
}

func (c *comparison) carried(a, b promotion.Release) {
	c.heading("What they carried")
	c.add("release", text.Clean(a.Name()), text.Clean(b.Name()), "", theme.Muted)
	c.add("commit", a.ShortCommit(), b.ShortCommit(), "", theme.Muted)
	c.add("subject", text.Clean(a.Subject), text.Clean(b.Subject), "", theme.Muted)
	c.add("author", text.Clean(a.Author), text.Clean(b.Author), "", theme.Muted)
	c.add("unclean tree", a.ShortDirty(), b.ShortDirty(), "", theme.Muted)
	digest := func(d promotion.Digest) string {
		if d == "" {
			return ""
		}
		return d.Short()
	}
	c.add("image", digest(a.Image), digest(b.Image), "", theme.Muted)
	c.add("migrations", digest(a.Migration), digest(b.Migration), "", theme.Muted)
	c.add("tests", digest(a.Verification), digest(b.Verification), "", theme.Muted)
	hash := func(s string) string {
		if strings.Contains(s, ":") {
			return digest(promotion.Digest(s))
		}
		return s[:min(7, len(s))]
	}
	c.add("configuration", hash(a.Config), hash(b.Config), "", theme.Muted)
	var stubs []string
	for name := range a.Tested {
		stubs = append(stubs, name)
	}
	for name := range b.Tested {
		if !slices.Contains(stubs, name) {
			stubs = append(stubs, name)
		}
	}
	slices.Sort(stubs)
	for _, name := range stubs {
		c.add("stub "+text.Clean(name), digest(a.Tested[name]), digest(b.Tested[name]), "", theme.Muted)
	}
}

// commits lists what was promoted from one to the other, the newest first.
func (c *comparison) commits(b promotion.Run, between []promotion.Run) {
	if len(between) == 0 {
		return
	}
	c.heading("Commits of the runs between them, which the later one carries too where its branch has them")
	for _, run := range between {
		if run.Release.Commit == "" || run.Release.Commit == b.Release.Commit {
			continue
		}
		c.rows = append(c.rows, CompareRow{Label: fmt.Sprintf("run %d", run.ID), A: run.Release.ShortCommit(), B: text.Clean(run.Release.Subject), Diff: RunMark(run).Word, Role: RunMark(run).Role})
	}
}

// stagesOf are the stages of both runs, each in its place.
func stagesOf(a, b promotion.Run) []promotion.StageID {
	var ids []promotion.StageID
	for _, run := range []promotion.Run{a, b} {
		at := 0
		for _, column := range run.Columns {
			for _, s := range column.Stages {
				if i := slices.Index(ids, s.ID); i >= 0 {
					at = i + 1
					continue
				}
				ids = slices.Insert(ids, at, s.ID)
				at++
			}
		}
	}
	return ids
}

func (c *comparison) durations(a, b promotion.Run, now time.Time) {
	c.heading("How long the stages took, all attempts together")
	for _, id := range stagesOf(a, b) {
		before, ran := worked(a, id, now)
		after, ranToo := worked(b, id, now)
		if !ran && !ranToo {
			continue
		}
		if ran && ranToo {
			c.took(string(id), before, after)
			continue
		}
		one := func(d time.Duration, ran bool) string {
			if !ran {
				return "did not run"
			}
			return Elapsed(d)
		}
		c.add(string(id), one(before, ran), one(after, ranToo), " ", theme.Muted)
	}
}

// worked is how long the attempts of a stage took.
func worked(run promotion.Run, id promotion.StageID, now time.Time) (d time.Duration, ran bool) {
	s, _ := run.Stage(id)
	for _, a := range s.Attempts {
		end := a.Ended
		if end.IsZero() {
			end = now
		}
		d, ran = d+end.Sub(a.Started), true
	}
	return d, ran
}

// notable is the least difference between two times that is one.
const notableDifference = time.Second

// took compares two times: by how much, and how many times as long where that says more.
func (c *comparison) took(label string, a, b time.Duration) {
	diff, role := " ", theme.Muted
	switch d := b - a; {
	case d >= notableDifference:
		diff, role = "+"+Elapsed(d), theme.Text
		if a > 0 && float64(b) >= 1.2*float64(a) {
			diff, role = fmt.Sprintf("+%s, %.1f×", Elapsed(d), float64(b)/float64(a)), theme.Wait
		}
	case -d >= notableDifference:
		diff, role = "-"+Elapsed(-d), theme.Good
	}
	c.add(label, Elapsed(a), Elapsed(b), diff, role)
}

func (c *comparison) tests(a, b promotion.Run) {
	c.heading("Tests of the newest attempts")
	n := len(c.rows)
	for _, id := range stagesOf(a, b) {
		before, after := testsOf(a, id), testsOf(b, id)
		var names []string
		for _, tests := range [][]namedTests{before, after} {
			for _, t := range tests {
				if !slices.Contains(names, t.name) {
					names = append(names, t.name)
				}
			}
		}
		for _, name := range names {
			c.counted(strings.TrimSuffix(string(id)+" "+name, " "), find(before, name), find(after, name))
		}
	}
	if len(c.rows) == n {
		c.rows = append(c.rows, CompareRow{Label: "", A: "neither has counted any", B: " "})
	}
}

type namedTests struct {
	name  string // the step's; "" of the stage as a whole
	tests promotion.Tests
}

// testsOf are the counts of a stage: of its steps, and its own where no step has any.
func testsOf(run promotion.Run, id promotion.StageID) []namedTests {
	s, _ := run.Stage(id)
	last := s.Last()
	var all []namedTests
	for _, step := range last.Steps {
		if step.Tests != nil {
			all = append(all, namedTests{text.Clean(step.Name), *step.Tests})
		}
	}
	if len(all) == 0 && last.Result != nil && last.Result.Tests != nil {
		all = append(all, namedTests{"", *last.Result.Tests})
	}
	return all
}

func find(all []namedTests, name string) *promotion.Tests {
	for _, t := range all {
		if t.name == name {
			return &t.tests
		}
	}
	return nil
}

// counted compares two counts of tests.
func (c *comparison) counted(label string, a, b *promotion.Tests) {
	say := func(t *promotion.Tests) string {
		if t == nil {
			return ""
		}
		s := fmt.Sprintf("%d passed", t.Passed)
		if t.Failed > 0 {
			s += fmt.Sprintf(", %d failed", t.Failed)
		}
		if t.Skipped > 0 {
			s += fmt.Sprintf(", %d skipped", t.Skipped)
		}
		return s
	}
	diff, role := " ", theme.Muted
	if a != nil && b != nil {
		var said []string
		if d := total(b) - total(a); d != 0 {
			said, role = append(said, fmt.Sprintf("%+d tests", d)), theme.Text
		}
		switch d := b.Failed - a.Failed; {
		case d > 0:
			said, role = append(said, fmt.Sprintf("%+d failed", d)), theme.Bad
		case d < 0:
			said, role = append(said, fmt.Sprintf("%d fewer failed", -d)), theme.Good
		}
		if len(said) > 0 {
			diff = strings.Join(said, ", ")
		}
	}
	c.add(label, say(a), say(b), diff, role)
	if b != nil {
		for _, failed := range b.Failing {
			if a == nil || !slices.ContainsFunc(a.Failing, func(f promotion.FailedTest) bool { return f.Name == failed.Name }) {
				c.rows = append(c.rows, CompareRow{Label: "  failed", A: " ", B: text.Clean(failed.Name), Diff: "only there", Role: theme.Bad})
			}
		}
	}
}

func total(t *promotion.Tests) int { return t.Passed + t.Failed + t.Skipped }
