package reports

import (
	"path"
	"slices"
	"strings"
)

// goTests counts the tests of Go packages from `go test -json`, from `go test` with or without -v, and from test binaries
// run by themselves, with or without -test.v=test2json. Subtests count, the tests that only hold them do not.
type goTests struct {
	packages []*goPackage
	open     map[string]*goPackage // packages that have not ended, by import path
	builds   map[string]*finder    // what was said while a package was built, by import path
	building *finder               // of plain output
	marked   bool                  // what the testing package prints begins with a marker
	counted  Summary               // as of the last count
	changed  bool
}

func newGoTest() *goTests {
	return &goTests{open: map[string]*goPackage{}, builds: map[string]*finder{}}
}

// goPackage is one package's tests, or those of a test binary.
type goPackage struct {
	name    string
	tests   map[string]*goTest
	order   []*goTest
	speaker *goTest // whose output plain lines are
	running []string
	reason  finder // of a failure that is no test's
	over    bool   // "PASS" or "FAIL" was said
	failed  bool
	cause   string // why the package failed without a failed test
	blamed  *goTest
	unended bool // …but because it did not come to an end
}

// goTest is one execution of a test.
type goTest struct {
	name    string
	verdict string // "" while it runs
	parent  bool   // it has subtests
	inner   bool   // one of them failed
	message message
}

func (g *goTests) in(name string) *goPackage {
	p := g.open[name]
	if p == nil {
		p = &goPackage{name: name, tests: map[string]*goTest{}}
		g.open[name] = p
		g.packages = append(g.packages, p)
	}
	return p
}

// Line takes one line of output in any of the forms.
func (g *goTests) Line(line string) {
	g.changed = true
	if e, found := parseGoEvent(line); found {
		g.event(e)
		return
	}
	g.plain(strings.TrimSuffix(line, "\r"))
}

func (g *goTests) event(e goEvent) {
	switch e.Action {
	case "build-output":
		g.build(e.ImportPath).feed(0, strings.TrimSuffix(e.Output, "\n"))
	case "start":
		g.in(e.Package)
	case "run":
		g.in(e.Package).run(e.Test)
	case "pass", "fail", "skip":
		if e.Test != "" {
			g.in(e.Package).end(e.Test, strings.ToUpper(e.Action))
			return
		}
		g.ended(e.Package, e.Action == "fail", e.FailedBuild)
	case "output":
		p := g.in(e.Package)
		p.speaker = p.tests[e.Test]
		p.output(strings.TrimSuffix(e.Output, "\n"))
	}
}

func (g *goTests) build(name string) *finder {
	if g.builds[name] == nil {
		g.builds[name] = &finder{}
	}
	return g.builds[name]
}

// ended takes the end of a package into account.
func (g *goTests) ended(name string, failed bool, build string) {
	p := g.in(name)
	delete(g.open, name)
	if failed {
		p.blame(g.builds[build])
	} else {
		p.order = slices.DeleteFunc(p.order, func(t *goTest) bool { return t.verdict == "" })
	}
}

// run begins a test, or executes it once more.
func (p *goPackage) run(name string) *goTest {
	t := p.tests[name]
	if t == nil || t.verdict != "" {
		t = &goTest{name: name}
		p.tests[name] = t
		p.order = append(p.order, t)
		for _, parent := range p.parents(name) {
			parent.parent = true
		}
	}
	p.speaker = t
	return t
}

// parents are the tests that hold a subtest.
func (p *goPackage) parents(name string) []*goTest {
	var parents []*goTest
	for i := range len(name) {
		if name[i] == '/' && p.tests[name[:i]] != nil {
			parents = append(parents, p.tests[name[:i]])
		}
	}
	return parents
}

// end gives a test its verdict. Without -v a test is first heard of by its end.
func (p *goPackage) end(name, verdict string) {
	t := p.run(name)
	t.verdict = verdict
	if verdict == "FAIL" {
		for _, parent := range p.parents(name) {
			parent.inner = true
		}
	}
}

func (p *goPackage) output(line string) {
	if strings.HasPrefix(strings.TrimLeft(line, " "), "--- ") {
		return
	}
	if p.speaker != nil && p.speaker.verdict != "PASS" {
		p.speaker.message.add(line)
	}
	if name, _, found := strings.Cut(strings.TrimPrefix(line, "\t\t"), " ("); found && strings.HasPrefix(line, "\t\tTest") {
		p.running = append(p.running, name) // of the list that a timeout prints
	}
	if p.reason.best < crashed {
		p.reason.offer(classify(line), 0, line)
	}
}

// blame finds out what to show for a package that failed: nothing more than its failed tests if there are any, else the
// test that ran when it ended, else the package itself.
func (p *goPackage) blame(build *finder) {
	if p.failed = true; slices.ContainsFunc(p.order, func(t *goTest) bool { return t.verdict == "FAIL" }) {
		return
	}
	_, cause, found := p.reason.result()
	if build != nil {
		if _, said, understood := build.result(); understood {
			cause, found = said, true
		}
	}
	if !found {
		cause = "it ended without a verdict"
	}
	p.cause, p.unended = cause, !found || killedFromOutside(cause)
	for _, t := range slices.Backward(p.order) {
		ran := len(p.running) == 0 || slices.Contains(p.running, t.name)
		if t.verdict == "" && !t.parent && ran {
			p.blamed = t
			return
		}
	}
	if len(p.running) > 0 { // without -v only the list of a timeout names them
		p.blamed = &goTest{name: p.running[0]}
	}
}

// Summary is what the tests came to so far.
func (g *goTests) Summary() Summary {
	if g.changed {
		var sum tally
		killed := ""
		for _, p := range g.packages {
			p.count(&sum)
			if p.unended && killedFromOutside(p.cause) {
				killed = p.cause
			}
		}
		g.counted, g.changed = sum.summary(), false
		g.counted.Killed = killed
	}
	return g.counted
}

// killedFromOutside tells whether a package's tests were ended by a signal that no test gives itself.
func killedFromOutside(cause string) bool {
	switch cause {
	case "signal: killed", "signal: terminated", "signal: interrupt", "signal: hangup":
		return true
	}
	return false
}

func (p *goPackage) count(sum *tally) {
	for _, t := range p.order {
		switch {
		case t.verdict == "FAIL" && !t.inner:
			sum.fail(p.title(t), t.message.text())
		case t.parent:
		case t.verdict == "PASS", t.verdict == "BENCH":
			sum.Passed++
		case t.verdict == "SKIP":
			sum.Skipped++
		}
	}
	if p.cause == "" {
		return
	}
	name, add := p.label(), sum.fail
	if p.blamed != nil {
		name = p.title(p.blamed)
	}
	if p.unended {
		add = sum.miss
	}
	add(name, p.cause)
}

// title is the test's name with the package's last element before it.
func (p *goPackage) title(t *goTest) string {
	if p.name == "" {
		return t.name
	}
	return path.Base(p.name) + "." + t.name
}

func (p *goPackage) label() string {
	if p.name == "" {
		return "test binary"
	}
	return p.name
}

// Close finds the packages that never ended: whatever ran there did not come to a verdict.
func (g *goTests) Close() (Summary, error) {
	for _, p := range g.packages {
		if g.open[p.name] != p {
			continue
		}
		if len(p.order) == 0 && p.reason.best == silent && len(g.packages) > 1 {
			continue // the last "FAIL" of `go test ./...`
		}
		running := slices.ContainsFunc(p.order, func(t *goTest) bool { return t.verdict == "" })
		if p.failed || running || p.reason.best == crashed && !p.over {
			p.blame(nil)
		}
	}
	g.changed = true
	return g.Summary(), nil
}
