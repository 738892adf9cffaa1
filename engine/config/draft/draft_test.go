package draft

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/survey"
)

var update = flag.Bool("update", false, "write what is drafted anew")

// unpacked is a fixture as a directory.
func unpacked(t *testing.T, file string) string {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, f := range archive.Files {
		at := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func drafted(t *testing.T, dir, name string) Draft {
	t.Helper()
	r, err := survey.Look(os.DirFS(dir), name)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Write(r, ".")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestWhatIsDraftedForPublicRepositoriesIsValidAsItStands(t *testing.T) {
	fixtures, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(fixtures) < 10 {
		t.Fatalf("%d fixtures, %v", len(fixtures), err)
	}
	for _, fixture := range fixtures {
		name := strings.TrimSuffix(filepath.Base(fixture), ".txtar")
		t.Run(name, func(t *testing.T) {
			dir := unpacked(t, fixture)
			d := drafted(t, dir, name)
			golden := strings.TrimSuffix(fixture, ".txtar") + ".toml"
			if *update {
				if err := os.WriteFile(golden, []byte(d.Text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil || d.Text != string(want) {
				t.Errorf("what is drafted is not %s (%v):\n%s", golden, err, d.Text)
			}
			at := filepath.Join(dir, "config.toml")
			if err := os.WriteFile(at, []byte(d.Text), 0o600); err != nil {
				t.Fatal(err)
			}
			p, err := config.Load(at)
			if err != nil {
				t.Fatalf("it is not valid:\n%v", err)
			}
			if len(p.Services) != len(d.Services) || len(p.Environments) != 3 {
				t.Errorf("it has %d services through %d environments, and says %d", len(p.Services), len(p.Environments), len(d.Services))
			}
		})
	}
}

// uncommented is a draft with what it offers in its comments put in force.
func uncommented(text string) string {
	return regexp.MustCompile(`(?m)^  #   `).ReplaceAllString(text, "  ")
}

func TestWhatADraftOffersInCommentsIsValidToo(t *testing.T) {
	dir := unpacked(t, "testdata/realworld-axum.txtar")
	for name, text := range map[string]string{"Dockerfile.migrate": "FROM scratch\n", "VERSION": "1.0.0\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text := regexp.MustCompile(`(?m)^  #   cargo .*\n`).ReplaceAllString(drafted(t, dir, "app").Text, "")
	p, err := config.Parse("config.toml", uncommented(text), dir)
	if err != nil {
		t.Fatalf("%v\n%s", err, uncommented(text))
	}
	s := p.Services[0]
	if s.Migrations == nil || s.Migrations.Dockerfile == nil || s.Schema != "migrations" || s.Acceptance == nil {
		t.Errorf("the service is %+v", s)
	}
}

func TestEverythingThatIsNotGuessedStandsAtItsPlaceAndInTheList(t *testing.T) {
	for _, name := range []string{"simplebank", "boutique", "buckpal"} {
		d := drafted(t, unpacked(t, "testdata/"+name+".txtar"), name)
		if marks := strings.Count(d.Text, "NOT GUESSED: "); marks != len(d.Open) {
			t.Errorf("%s: %d marks in the text, %d in the list", name, marks, len(d.Open))
		}
		for _, o := range d.Open {
			if o.What == "" || o.Do == "" {
				t.Errorf("%s: %+v", name, o)
			}
		}
	}
}

func TestAnOddNameIsQuoted(t *testing.T) {
	dir := t.TempDir()
	odd := filepath.Join(dir, `the "best" one's \ dir`)
	if err := os.Mkdir(odd, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"Dockerfile": "FROM scratch\n", "openapi.yaml": "openapi: 3.1.0\n"} {
		if err := os.WriteFile(filepath.Join(odd, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d := drafted(t, dir, "x")
	if p, err := config.Parse("config.toml", d.Text, dir); err != nil || p.Services[0].Path != odd {
		t.Errorf("%v\n%s", err, d.Text)
	}
}

func TestARepositoryWithoutServicesSaysWhatWasLookedFor(t *testing.T) {
	_, err := Write(survey.Repository{Left: []survey.Left{{Path: "lib", Why: "its module has no program, it is a library"}}}, ".")
	if !errors.Is(err, ErrNothing) || !strings.Contains(err.Error(), "lib: its module has no program") || !strings.Contains(err.Error(), "Dockerfile") {
		t.Error(err)
	}
}
