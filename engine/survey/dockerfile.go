package survey

import (
	"path"
	"slices"
	"strings"
)

// dockerfile finds the Dockerfile that makes a directory's image, and what it copies from. Guessed tells that the latter
// could not be told from what it copies.
func (t *tree) dockerfile(dir string) (file, context string, guessed bool) {
	file = t.first(dir, "Dockerfile", "Containerfile")
	if file == "" {
		file = t.onlyDockerfile(dir)
	}
	if file == "" && t.isProject(dir) {
		for _, below := range []string{"build/Dockerfile", "docker/Dockerfile", "build/package/Dockerfile", "deploy/Dockerfile"} {
			if t.has(dir, below) {
				file = below
			}
		}
	}
	if file == "" {
		return "", "", false
	}
	if at := t.composed(path.Join(dir, file)); at != "" && (at == dir || below(at, dir)) {
		return file, up(dir, at), false
	}
	copied, told := copies(t.text(dir, file))
	for at := dir; told; at = path.Dir(at) {
		if !slices.ContainsFunc(copied, func(from string) bool { return !t.exists(path.Join(at, from)) }) {
			return file, up(dir, at), false
		}
		if at == "." {
			break
		}
	}
	return file, ".", told
}

// isProject tells whether a directory says what it is written in.
func (t *tree) isProject(dir string) bool {
	return t.first(dir, "go.mod", "package.json", "pyproject.toml", "requirements.txt", "Cargo.toml", "build.gradle", "build.gradle.kts") != ""
}

// onlyDockerfile is the one file of a directory that is a Dockerfile by another name, "Dockerfile.api".
func (t *tree) onlyDockerfile(dir string) string {
	var found []string
	for _, name := range t.names[dir] {
		if strings.HasPrefix(name, "Dockerfile.") && name != "Dockerfile.dockerignore" || strings.HasSuffix(name, ".Dockerfile") {
			found = append(found, name)
		}
	}
	if len(found) != 1 {
		return ""
	}
	return found[0]
}

// copies are the files and directories that a Dockerfile copies from its context, and whether any is told by its name. What
// comes from another stage, from the network or out of a variable says nothing of the context, nor does a pattern.
func copies(text string) (from []string, told bool) {
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\\\n", " "), "\n") {
		words := strings.Fields(line)
		if len(words) < 3 || !strings.EqualFold(words[0], "COPY") && !strings.EqualFold(words[0], "ADD") {
			continue
		}
		words = slices.DeleteFunc(words[1:], func(w string) bool { return strings.HasPrefix(w, "--") && !strings.HasPrefix(w, "--from=") })
		if len(words) < 2 || strings.HasPrefix(words[0], "--from=") || strings.HasPrefix(words[0], "[") || strings.HasPrefix(words[0], "<<") {
			continue
		}
		for _, word := range words[:len(words)-1] {
			if word = strings.TrimPrefix(path.Clean(word), "/"); strings.ContainsAny(word, "*?[$:") || word == "" {
				continue
			}
			told = true
			from = append(from, word)
		}
	}
	return from, told
}
