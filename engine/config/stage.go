package config

import (
	"slices"
	"strings"
)

// readStage reads a stage that is made of commands.
func readStage(t *table) Stage {
	stage := Stage{Policy: t.policy(true), Once: t.flag("once", false)}
	tables := t.tables("step")
	t.done()
	if len(tables) == 0 && !t.has("step") {
		t.complain(t.line(), "it has no steps: add a [[%s.step]] with a name and a command to run", t.header())
	}
	var names []string
	for _, s := range tables {
		step := readStep(s)
		stage.Steps, names = append(stage.Steps, step), append(names, step.Name)
	}
	for _, i := range repeated(names) {
		if names[i] != "" {
			tables[i].complain(tables[i].line("name"), "there is another step of this name: give each a name of its own")
		}
	}
	needs := make([][]string, len(stage.Steps))
	for i, step := range stage.Steps {
		needs[i] = checkReferences(tables[i], "needs", step.Name, step.Needs, names, "step")
	}
	for _, circle := range circles(names, needs) {
		tables[circle.at].complain(tables[circle.at].line("needs"), "needs goes round in a circle: %s", circle)
	}
	return stage
}

func readStep(t *table) Step {
	stage := t.name()
	step := Step{Line: t.line()}
	step.Name = t.readName()
	if namePattern.MatchString(step.Name) {
		t.called = stage + " " + quote(step.Name)
	}
	step.Run = t.text("run", "")
	step.Needs = t.texts("needs")
	step.Report = t.choice("report", "", reports)
	step.File = t.text("file", "")
	t.done()
	if strings.TrimSpace(step.Run) == "" {
		t.complain(t.line("run"), `it has no command: say what to run: run = "…"`)
	}
	if t.has("file") && !within(step.File) {
		t.complain(t.line("file"), "file is %q: it must be a path below the service's directory", step.File)
	}
	if t.has("file") && step.Report == "" && !t.has("report") {
		t.complain(t.line("file"), "file is where a report is read from: say of which kind it is: report = %s", oneOf(reports))
	}
	return step
}

func quote(s string) string { return `"` + s + `"` }

// checkReferences complains about names that do not exist, and returns those that do.
func checkReferences(t *table, key, self string, list, names []string, what string) []string {
	var known []string
	for i, name := range list {
		switch {
		case name == self && name != "":
			t.complain(t.item(key, i), "%s: it names itself", key)
		case !slices.Contains(names, name):
			t.complain(t.item(key, i), "%s: there is no %s %q%s", key, what, name, DidYouMean(name, names))
		default:
			known = append(known, name)
		}
	}
	return known
}
