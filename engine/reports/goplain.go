package reports

import "strings"

// plain takes a line of output that is no JSON. Tests belong to the package whose result line comes after them.
func (g *goTests) plain(line string) {
	if before, framed, found := strings.Cut(line, marker); found {
		g.marked = true
		if before != "" { // output without a line break, then the testing package
			g.in("").output(before)
		}
		g.framed(framed)
		return
	}
	if g.marked || !g.framed(line) {
		g.said(line)
	}
}

// framed takes what the testing package itself prints, and what `go test` prints about packages.
func (g *goTests) framed(line string) bool {
	p := g.in("")
	if verdict, name, found := goVerdict(line); found {
		p.end(name, verdict)
		return true
	}
	if name, found := strings.CutPrefix(line, "=== RUN "); found {
		p.run(strings.TrimSpace(name))
		return true
	}
	if name, found := speaker(line); found {
		p.speaker = p.tests[name]
		return true
	}
	switch {
	case line == "PASS":
		p.over, p.speaker = true, nil
		return true
	case line == "FAIL":
		p.over, p.failed, p.speaker = true, true, nil
		return true
	case strings.HasPrefix(line, "=== "):
		return true
	}
	return g.result(line)
}

// result takes the line that `go test` prints at the end of a package: "ok", "FAIL" or "?", its path, and the time it took
// or why there is none.
func (g *goTests) result(line string) bool {
	verdict, rest, found := strings.Cut(line, "\t")
	verdict = strings.TrimSpace(verdict)
	if !found || verdict != "ok" && verdict != "FAIL" && verdict != "?" {
		return false
	}
	name, why, _ := strings.Cut(strings.TrimSpace(rest), "\t")
	name, why2, _ := strings.Cut(name, " ")
	p := g.in("")
	p.name = name
	delete(g.open, "")
	g.open[name] = p
	if verdict == "FAIL" && p.reason.best <= left && why+why2 != "" && strings.HasPrefix(why+why2, "[") {
		p.reason = finder{}
		p.reason.offer(said, 0, strings.Trim(why+why2, "[]"))
	}
	g.building = nil
	g.ended(name, verdict == "FAIL", name)
	return true
}

// said takes any other line: the compiler's under a "# package" line, or a test's own.
func (g *goTests) said(line string) {
	if name, found := strings.CutPrefix(line, "# "); found && !g.marked {
		name, _, _ = strings.Cut(name, " ")
		g.building = g.build(name)
		return
	}
	if g.building != nil && pointsAtError(line) {
		g.building.feed(0, line)
		return
	}
	g.in("").output(line)
}
