package survey

import (
	"maps"
	"path"
	"slices"
	"strings"

	yaml "github.com/oasdiff/yaml3"

	"github.com/gantry-cd/gantry/engine/pattern"
)

// Command is what continuous integration runs.
type Command struct {
	File string // where it says so
	Dir  string // where it runs, relative to the repository
	Run  string
	Lint bool // it reads the code; otherwise it tests
}

// commands are what GitHub's and GitLab's continuous integration run to test and to lint, in the order of their files.
func (t *tree) commands() []Command {
	var all []Command
	const workflows = ".github/workflows"
	for _, name := range t.names[workflows] {
		if ext := path.Ext(name); ext == ".yml" || ext == ".yaml" {
			all = append(all, github(path.Join(workflows, name), t.text(workflows, name))...)
		}
	}
	if t.has(".", ".gitlab-ci.yml") {
		all = append(all, gitlab(".gitlab-ci.yml", t.text(".", ".gitlab-ci.yml"))...)
	}
	return all
}

func github(file, text string) []Command {
	type defaults struct {
		Run struct {
			Directory string `yaml:"working-directory"`
		} `yaml:"run"`
	}
	var workflow struct {
		Defaults defaults `yaml:"defaults"`
		Jobs     map[string]struct {
			Defaults defaults `yaml:"defaults"`
			Steps    []struct {
				Run       string `yaml:"run"`
				Directory string `yaml:"working-directory"`
			} `yaml:"steps"`
		} `yaml:"jobs"`
	}
	if yaml.Unmarshal([]byte(text), &workflow) != nil {
		return nil // what cannot be read says nothing
	}
	var all []Command
	for _, job := range slices.Sorted(maps.Keys(workflow.Jobs)) {
		for _, step := range workflow.Jobs[job].Steps {
			dir := "."
			for _, d := range []string{workflow.Defaults.Run.Directory, workflow.Jobs[job].Defaults.Run.Directory, step.Directory} {
				if d != "" {
					dir = path.Clean(d)
				}
			}
			all = append(all, told(file, dir, step.Run, all)...)
		}
	}
	return all
}

func gitlab(file, text string) []Command {
	var jobs map[string]any
	if yaml.Unmarshal([]byte(text), &jobs) != nil {
		return nil
	}
	var all []Command
	for _, name := range slices.Sorted(maps.Keys(jobs)) {
		job, is := jobs[name].(map[string]any)
		if !is {
			continue
		}
		switch script := job["script"].(type) {
		case string:
			all = append(all, told(file, ".", script, all)...)
		case []any:
			for _, line := range script {
				if line, is := line.(string); is {
					all = append(all, told(file, ".", line, all)...)
				}
			}
		}
	}
	return all
}

var (
	lints = pattern.New(`(^|[\s:/_-])(lint|vet|clippy|checkstyle\w*|spotless\w*|ruff|flake8|eslint|fmt|prettier|golangci-lint|mypy)\b`)
	tests = pattern.New(`(^|[\s:/_-])(tests?|verify|check|pytest|tox|nextest)\b`)
	// What publishes, installs or reaches out is no test, whatever it is called.
	others = pattern.New(`\b(install|deploy|push|publish|login|curl|wget|apt|apt-get|apk|sudo|ssh|kubectl|helm|docker|docker-compose|echo|mkdir|export|cd)\b`)
	// A line of a script that means nothing without the lines around it, or without the CI system.
	part = pattern.New(`\$\{\{|^\s*(if|then|else|fi|for|do|done|while|case|esac|pushd|popd)\b|<<|\{$|^\}|\$CI_`)
)

// told are the commands of a script that test or lint and that stand for themselves, without those that are known.
func told(file, dir, script string, known []Command) []Command {
	var all []Command
	lines := strings.Split(strings.ReplaceAll(script, "\\\n", " "), "\n")
	if slices.ContainsFunc(lines, part.MatchString) {
		return nil
	}
	for _, line := range lines {
		line = strings.Join(strings.Fields(line), " ")
		c := Command{file, dir, line, lints.MatchString(line)}
		if line == "" || strings.HasPrefix(line, "#") || others.MatchString(line) || !c.Lint && !tests.MatchString(line) {
			continue
		}
		same := func(other Command) bool { return other.Run == line && other.Dir == dir }
		if !slices.ContainsFunc(known, same) && !slices.ContainsFunc(all, same) {
			all = append(all, c)
		}
	}
	return all
}
