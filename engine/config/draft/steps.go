package draft

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/gantry-cd/gantry/engine/survey"
)

// step is a step of a build.
type step struct {
	name, because string
	run           string
	needs         []string
	report, file  string
}

// steps writes what builds and tests a service: by what its language usually takes, with what its continuous integration
// runs beside it, or instead where nothing else is known.
func (p *page) steps(s survey.Service, r survey.Repository) {
	list := usual(s)
	has := func(name string) bool {
		return slices.ContainsFunc(list, func(st step) bool { return st.name == name })
	}
	own, others := commandsOf(s, r)
	for _, c := range own {
		switch {
		case c.Lint && !has("lint"):
			list = append(list, step{name: "lint", because: "as in " + c.File, run: c.Run, needs: installed(list)})
		case !c.Lint && !has("unit"):
			list = append(list, step{name: "unit", because: "as in " + c.File, run: c.Run, needs: installed(list)})
		case !slices.ContainsFunc(list, func(st step) bool { return st.run == c.Run }):
			others = append(others, c)
		}
	}
	if len(others) > 0 {
		p.line("")
		p.line("  # Continuous integration runs besides, or instead:")
		for _, c := range others {
			where := ""
			if c.Dir != "." {
				where = " in " + c.Dir
			}
			p.line("  #   " + c.Run + where + "  (" + c.File + ")")
		}
	}
	if !has("unit") {
		p.line("")
		p.notGuessed("  ", s.Name, "how it is tested", "no tests were found that a tool of its language would run: add a step for them")
	}
	for _, st := range list {
		p.step(st)
	}
}

func (p *page) step(st step) {
	p.line("")
	p.line("  [[service.build.step]]")
	if st.because != "" {
		p.line("  " + pad("name = "+quote(st.name), 28) + "  # " + st.because)
	} else {
		p.line("  name = " + quote(st.name))
	}
	if len(st.needs) > 0 {
		p.line(`  needs = ["` + strings.Join(st.needs, `", "`) + `"]`)
	}
	p.line("  run = " + quote(st.run))
	if st.report != "" {
		p.line("  report = " + quote(st.report))
	}
	if st.file != "" {
		p.line("  file = " + quote(st.file))
	}
}

// installed is the step that fetches what others need, where there is one.
func installed(list []step) []string {
	if slices.ContainsFunc(list, func(st step) bool { return st.name == "install" }) {
		return []string{"install"}
	}
	return nil
}

// commandsOf are the commands of continuous integration that are run in the service's own directory, and those of the whole
// repository, which may concern it.
func commandsOf(s survey.Service, r survey.Repository) (own, others []survey.Command) {
	for _, c := range r.CI {
		switch {
		case c.Dir == s.Dir && (s.Dir != "." || len(r.Services) == 1):
			own = append(own, c)
		case c.Dir == "." && s.Dir != "." && strings.Contains(c.Run, path.Base(s.Dir)):
			others = append(others, c)
		}
	}
	return own, others
}

// usual are the steps that the tools of a language take.
func usual(s survey.Service) []step {
	switch {
	case s.Go != nil:
		return goSteps(s)
	case s.Java != nil && s.Java.Maven:
		return mavenSteps(s)
	case s.Java != nil:
		return gradleSteps(s)
	case s.Rust != nil:
		return rustSteps(s)
	case s.Python != nil:
		return pythonSteps(s)
	case s.Node != nil:
		return nodeSteps(s)
	}
	return nil
}

func goSteps(s survey.Service) []step {
	list := []step{}
	switch {
	case s.Dockerfile != "":
	case s.Go.Ko != "":
		list = append(list, step{name: "image", because: "ko must be on PATH; it pushes nothing",
			run: fmt.Sprintf(`KO_DOCKER_REPO=localhost/%s ko build --push=false --oci-layout-path "$GANTRY_OUT/image" ./%s`, s.Name, strings.TrimPrefix(s.Go.Main, "."))})
	default:
		list = append(list, step{name: "compile", because: "a static binary, the same bytes for the same commit",
			run: fmt.Sprintf(`CGO_ENABLED=0 go build -trimpath -buildvcs=false -o "$GANTRY_OUT/%s" ./%s`, s.Name, strings.TrimPrefix(s.Go.Main, "."))})
	}
	if s.Go.Tests {
		list = append(list, step{name: "unit", run: "go test -json ./...", report: "gotest"})
	}
	return append(list, step{name: "lint", because: "reads the code", run: "go vet ./..."})
}

// inBuild goes to the directory of the whole build.
func inBuild(j survey.Java, tool, wrapper string) string {
	command := tool
	if j.Wrapper != "" {
		command = "./" + wrapper
		if j.Wrapper != j.Root {
			command = path.Join(j.Wrapper, wrapper)
		}
	}
	if j.Root != "." {
		return "cd " + j.Root + " && " + command
	}
	return command
}

func mavenSteps(s survey.Service) []step {
	maven := inBuild(*s.Java, "mvn", "mvnw") + " -B"
	if s.Java.Module != "" {
		maven += " -pl " + s.Java.Module + " -am"
	}
	unit := step{name: "unit", because: "compiles, tests and packs", run: maven + " verify"}
	if s.Java.Tests {
		unit.report, unit.file = "junit", "target/surefire-reports"
	}
	list := []step{unit}
	if s.Dockerfile == "" {
		goal, because := "com.google.cloud.tools:jib-maven-plugin:3.4.4:buildTar", "jib needs no docker, and fetches its base image"
		if s.Java.Jib {
			goal, because = "jib:buildTar", "jib, as the pom.xml has it; pushes nothing"
		}
		list = append(list, step{name: "image", because: because, needs: []string{"unit"}, run: maven + " -DskipTests package " + goal})
	}
	return list
}

func gradleSteps(s survey.Service) []step {
	gradle := inBuild(*s.Java, "gradle", "gradlew")
	task := func(name string) string { return gradle + " " + strings.TrimPrefix(s.Java.Module+":"+name, ":") }
	if s.Java.Module != "" {
		task = func(name string) string { return gradle + " " + s.Java.Module + ":" + name }
	}
	unit := step{name: "unit", because: "compiles, tests and packs", run: task("build")}
	if s.Java.Tests {
		unit.report, unit.file = "junit", "build/test-results/test"
	}
	list := []step{unit}
	if s.Dockerfile == "" && s.Java.Jib {
		list = append(list, step{name: "image", because: "jib, as the build has it; pushes nothing", needs: []string{"unit"}, run: task("jibBuildTar")})
	}
	return list
}

func rustSteps(s survey.Service) []step {
	locked := ""
	if s.Rust.Locked {
		locked = " --locked"
	}
	var list []step
	if s.Dockerfile == "" {
		list = append(list, step{name: "compile", because: "linked against this machine's libc",
			run: fmt.Sprintf(`cargo build --release%s && cp %s "$GANTRY_OUT/%s"`, locked, path.Join(s.Rust.Target, "release", s.Rust.Bin), s.Name)})
	}
	return append(list,
		step{name: "unit", run: "cargo test" + locked},
		step{name: "lint", because: "reads the code", run: "cargo clippy" + locked + " -- -D warnings"})
}

func pythonSteps(s survey.Service) []step {
	install, run := "python3 -m venv .venv && .venv/bin/pip install --quiet pytest -e .", ".venv/bin/"
	switch s.Python.Tool {
	case "uv":
		install, run = "uv sync", "uv run "
	case "poetry":
		install, run = "poetry install --no-interaction", "poetry run "
	case "requirements":
		install = "python3 -m venv .venv && .venv/bin/pip install --quiet pytest -r requirements.txt"
	}
	var list []step
	if s.Python.Tests != "" {
		list = append(list, step{name: "unit", needs: []string{"install"}, run: run + "pytest --junitxml=pytest.xml " + s.Python.Tests, report: "junit", file: "pytest.xml"})
	}
	if s.Python.Ruff && s.Python.Tool != "requirements" && s.Python.Tool != "pip" {
		list = append(list, step{name: "lint", because: "reads the code", needs: []string{"install"}, run: run + "ruff check ."})
	}
	if len(list) == 0 {
		return nil
	}
	return append([]step{{name: "install", run: install}}, list...)
}

func nodeSteps(s survey.Service) []step {
	n := s.Node
	install := map[string]string{"npm": "npm ci", "pnpm": "pnpm install --frozen-lockfile", "yarn": "yarn install --frozen-lockfile", "bun": "bun install --frozen-lockfile"}[n.Manager]
	if !n.Locked {
		install = n.Manager + " install"
	}
	if n.Root != "." {
		install = "cd " + n.Root + " && " + install
	}
	var list []step
	script := func(name, is string, there bool) {
		if there {
			list = append(list, step{name: name, needs: []string{"install"}, run: n.Manager + " run " + is})
		}
	}
	script("compile", "build", n.Build && s.Dockerfile == "")
	script("unit", "test", n.Test)
	script("lint", "lint", n.Lint)
	if len(list) == 0 && s.Dockerfile != "" {
		return nil
	}
	return append([]step{{name: "install", run: cmp.Or(install, "npm ci")}}, list...)
}
