package draft

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/survey"
)

// Whatever a repository's files say, what is drafted from them is valid.
func FuzzDraft(f *testing.F) {
	f.Add("FROM x\nCOPY a b", `{"name": "a\"b\nc", "scripts": {"test": "x", "start": "y"}}`, "jobs: {a: {steps: [{run: \"make test\", working-directory: \"a\\nb = 1\"}]}}", "it's \"odd\"\t\n#")
	f.Add("", `{"scripts": {"start": "x"}}`, "jobs: {a: {steps: [{run: 'go test \"''\\x\"'}]}}", "api")
	f.Add("COPY \\", "[]", "\x00", "…")
	f.Fuzz(func(t *testing.T, dockerfile, manifest, ci, name string) {
		dir := t.TempDir()
		for at, text := range map[string]string{
			filepath.Join("in", filepath.Base(name), "Dockerfile"):   dockerfile,
			filepath.Join("in", filepath.Base(name), "package.json"): manifest,
			"go.mod":      "module " + name,
			"main.go":     "package main\n\nfunc main() {}\n",
			"Cargo.toml":  manifest,
			"poetry.lock": "",
			filepath.Join(".github", "workflows", "ci.yml"): ci,
		} {
			at = filepath.Join(dir, at)
			if os.MkdirAll(filepath.Dir(at), 0o755) != nil || os.WriteFile(at, []byte(text), 0o600) != nil {
				t.Skip("no such name of a file")
			}
		}
		r, err := survey.Look(os.DirFS(dir), name)
		if err != nil {
			t.Skip(err)
		}
		d, err := Write(r, ".")
		if errors.Is(err, ErrNothing) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := config.Parse("config.toml", d.Text, dir); err != nil {
			t.Fatalf("%v\n%s", err, d.Text)
		}
	})
}
