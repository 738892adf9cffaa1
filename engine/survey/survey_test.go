package survey

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// looked surveys a repository of these files.
func looked(t *testing.T, files map[string]string) Repository {
	t.Helper()
	root := fstest.MapFS{}
	for name, text := range files {
		root[name] = &fstest.MapFile{Data: []byte(text)}
	}
	r, err := Look(root, "shop")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func names(r Repository) []string {
	var list []string
	for _, s := range r.Services {
		list = append(list, s.Name+" "+s.Dir)
	}
	return list
}

const program = "package main\n\nfunc main() {}\n"

func TestWhatCanBeStartedIsAService(t *testing.T) {
	for what, c := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"a Dockerfile alone":            {map[string]string{"Dockerfile": "FROM scratch"}, []string{"shop ."}},
		"a module of a major version":   {map[string]string{"go.mod": "module example.org/Orders.API/v2", "main.go": program}, []string{"orders-api ."}},
		"programs of one module":        {map[string]string{"go.mod": "module shop", "cmd/api/main.go": program, "cmd/job/main.go": program}, []string{"shop ."}},
		"a library":                     {map[string]string{"go.mod": "module shop", "shop.go": "package shop"}, nil},
		"two directories of one name":   {map[string]string{"a/api/Dockerfile": "FROM x", "b/api/Dockerfile": "FROM x"}, []string{"api a/api", "api-2 b/api"}},
		"a workspace of npm":            {map[string]string{"package.json": `{"workspaces": ["apps/*"]}`, "apps/api/package.json": `{"scripts": {"start": "node ."}}`, "apps/ui/package.json": `{"name": "ui"}`}, []string{"api apps/api"}},
		"a workspace of Cargo":          {map[string]string{"Cargo.toml": "[workspace]\nmembers = [\"api\"]", "api/Cargo.toml": "[package]\nname = \"api\"", "api/src/main.rs": ""}, []string{"api api"}},
		"a front end inside":            {map[string]string{"go.mod": "module shop", "main.go": program, "web/package.json": `{"scripts": {"start": "vite"}}`}, []string{"shop ."}},
		"an image of its own inside":    {map[string]string{"go.mod": "module shop", "main.go": program, "web/Dockerfile": "FROM nginx"}, []string{"shop .", "web web"}},
		"fetched and built directories": {map[string]string{"node_modules/x/package.json": `{"scripts":{"start":"x"}}`, "vendor/y/Dockerfile": "FROM x", ".devcontainer/Dockerfile": "FROM x"}, nil},
		"examples":                      {map[string]string{"examples/hello/Dockerfile": "FROM x"}, nil},
		"Spring Boot in a build of Gradle's": {map[string]string{
			"settings.gradle.kts": `include(":apps:orders", ":libs:common")`, "build.gradle.kts": `plugins { id("org.springframework.boot") version "3.3.0" apply false }`,
			"apps/orders/build.gradle.kts": "plugins {\n    id(\"org.springframework.boot\")\n}",
			"libs/common/build.gradle.kts": `dependencies { implementation("org.springframework.boot:spring-boot:3.3.0") }`,
		}, []string{"orders apps/orders"}},
		"an application in its package": {map[string]string{
			"pyproject.toml": "[tool.poetry]\nname = \"ledger\"\n\n[tool.poetry.dependencies]\ngunicorn = \"^22.0\"\n", "ledger/__init__.py": "", "ledger/app.py": "",
		}, []string{"ledger ."}},
		"a library with a module of that name": {map[string]string{"pyproject.toml": "[project]\nname = \"ledger\"", "ledger/__init__.py": "", "ledger/app.py": ""}, nil},
		"a broken manifest":                    {map[string]string{"package.json": `{"scripts": `}, nil},
	} {
		if got := names(looked(t, c.files)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", what, got, c.want)
		}
	}
}

func TestNoTwoServicesHaveOneName(t *testing.T) {
	files, known := map[string]string{}, map[string]bool{}
	for i := range 15 {
		files[string(rune('a'+i))+"/api/Dockerfile"] = "FROM x"
	}
	for _, s := range looked(t, files).Services {
		if known[s.Name] {
			t.Errorf("%s is there twice", s.Name)
		}
		known[s.Name] = true
	}
	if len(known) != 15 {
		t.Errorf("%d services", len(known))
	}
}

func TestAContextIsToldFromWhatTheDockerfileCopies(t *testing.T) {
	for what, c := range map[string]struct {
		dockerfile string
		context    string
		guessed    bool
	}{
		"its own directory":       {"FROM x\nCOPY main.go .", ".", false},
		"the repository":          {"FROM x\nCOPY go.work services/orders/main.go ./", "../..", false},
		"all of some directory":   {"FROM x\nCOPY . .", ".", false},
		"over several lines":      {"FROM x\nCOPY --chown=1:1 go.work \\\n  ./", "../..", false},
		"another stage, patterns": {"FROM x\nCOPY --from=build /app /app\nCOPY *.go ./\nADD https://example.org/x /x", ".", false},
		"what is not there":       {"FROM x\nCOPY dist/app /app", ".", true},
	} {
		r := looked(t, map[string]string{"go.work": "", "services/orders/main.go": "", "services/orders/Dockerfile": c.dockerfile})
		if s := r.Services[0]; s.Context != c.context || s.Guessed != c.guessed {
			t.Errorf("%s: context %q, guessed %v", what, s.Context, s.Guessed)
		}
	}
}

func TestMigrationsAreKnownByTheirTool(t *testing.T) {
	for tool, files := range map[string]map[string]string{
		"goose":          {"db/migrations/00001_init.sql": "-- +goose Up\n"},
		"golang-migrate": {"db/000001_init.up.sql": ""},
		"flyway":         {"src/main/resources/db/migration/V1_0__init.sql": ""},
		"liquibase":      {"src/main/resources/db/changelog/master.xml": "<databaseChangeLog/>"},
		"alembic":        {"alembic/env.py": "", "alembic/versions/1_a.py": ""},
		"prisma":         {"prisma/migrations/migration_lock.toml": "", "prisma/migrations/1_a/migration.sql": ""},
		"django":         {"shop/models.py": "", "shop/migrations/0001_initial.py": ""},
		"sqlx":           {"Cargo.toml": "[dependencies]\nsqlx = \"1\"", "migrations/1_a.sql": ""},
		"dbmate":         {"db/migrations/1_a.sql": "-- migrate:up\n"},
		"sql-migrate":    {"migrations/1_a.sql": "-- +migrate Up\n"},
		"":               {"migrations/1_a.sql": "CREATE TABLE a (id int);"},
	} {
		files["Dockerfile"] = "FROM scratch"
		if m := looked(t, files).Services[0].Migrations; m == nil || m.Tool != tool {
			t.Errorf("%s: %+v", tool, m)
		}
	}
	if m := looked(t, map[string]string{"Dockerfile": "FROM scratch", "reports/1_a.sql": ""}).Services[0].Migrations; m != nil {
		t.Errorf("any SQL is a migration: %+v", m)
	}
}

func TestOnlyWhatTestsOrLintsIsTakenFromContinuousIntegration(t *testing.T) {
	r := looked(t, map[string]string{
		".github/workflows/ci.yml": `
defaults: {run: {working-directory: services/api}}
jobs:
  b: {steps: [{run: make test}, {run: make deploy-test, working-directory: .}]}
  a:
    steps:
      - run: |
          npm ci
          npm run lint -- \
            --max-warnings 0
          npm test
      - run: if [ -n "$X" ]; then npm run test:slow; fi
      - run: pytest --junitxml=${{ github.sha }}.xml
      - {run: golangci-lint run, working-directory: tools}
`,
		".github/workflows/broken.yml": "jobs: [",
		".gitlab-ci.yml":               "stages: [test]\nunit: {script: [go test ./..., docker push x]}\nlint: {script: cargo clippy}\n.hidden: text\n",
	})
	want := []Command{
		{".github/workflows/ci.yml", "services/api", "npm run lint -- --max-warnings 0", true},
		{".github/workflows/ci.yml", "services/api", "npm test", false},
		{".github/workflows/ci.yml", "tools", "golangci-lint run", true},
		{".github/workflows/ci.yml", "services/api", "make test", false},
		{".gitlab-ci.yml", ".", "cargo clippy", true},
		{".gitlab-ci.yml", ".", "go test ./...", false},
	}
	if !slices.Equal(r.CI, want) {
		t.Errorf("got %+v", r.CI)
	}
}

func TestAContractIsAnOpenAPIDocumentByWhatItSays(t *testing.T) {
	for text, want := range map[string]string{"openapi: 3.1.0\n": "api/openapi.yaml", "openapi: \"3.0.3\"\n": "api/openapi.yaml", "swagger: \"2.0\"\n": "", "x: 1\n": ""} {
		s := looked(t, map[string]string{"Dockerfile": "FROM x", "api/openapi.yaml": text}).Services[0]
		if s.Contract != want || (s.Swagger != "") != (text == "swagger: \"2.0\"\n") {
			t.Errorf("%q: contract %q, swagger %q", text, s.Contract, s.Swagger)
		}
	}
}

func TestTheBranchIsTheRemotesOwn(t *testing.T) {
	for want, files := range map[string]map[string]string{
		"trunk":      {".git/HEAD": "ref: refs/heads/feature\n", ".git/refs/remotes/origin/HEAD": "ref: refs/remotes/origin/trunk\n"},
		"feature/it": {".git/HEAD": "ref: refs/heads/feature/it\n"},
		"":           {".git/HEAD": "3f9c1e2\n"},
	} {
		if r := looked(t, files); r.Branch != want {
			t.Errorf("%v: %q", files, r.Branch)
		}
	}
}

func TestARepositoryThatCannotBeReadIsAnError(t *testing.T) {
	if _, err := Look(unreadable{}, "shop"); err == nil {
		t.Error("nothing is wrong")
	}
}

type unreadable struct{}

func (unreadable) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
}

func TestWhatCannotBeBuiltHereIsSaid(t *testing.T) {
	for language, files := range map[string]map[string]string{
		".NET": {"Shop.sln": "", "src/Shop.Api/Shop.Api.csproj": `<Project Sdk="Microsoft.NET.Sdk.Web"/>`, "src/Shop.Core/Shop.Core.csproj": `<Project Sdk="Microsoft.NET.Sdk"/>`},
		"PHP":  {"composer.json": "{}", "public/index.php": "<?php"},
		"Ruby": {"Gemfile": `gem "rails"`, "config.ru": "run App"},
	} {
		r := looked(t, files)
		if len(r.Services) != 0 || len(r.Left) != 1 || !strings.Contains(r.Left[0].Why, "a service in "+language+", which is taken by its Dockerfile alone") {
			t.Errorf("%s: %+v", language, r)
		}
		files[path.Join(r.Left[0].Path, "Dockerfile")] = "FROM x"
		if r = looked(t, files); len(r.Services) != 1 || r.Services[0].Manifest == "" {
			t.Errorf("%s with a Dockerfile: %+v", language, r)
		}
	}
}

func TestADockerfileIsBuiltFromWhereComposeBuildsIt(t *testing.T) {
	for file, want := range map[string]string{
		"services:\n  api:\n    build: {context: ., dockerfile: api/Dockerfile}\n":                                        "..",
		"services:\n  api:\n    build: ./api\n":                                                                           ".",
		"services:\n  api: {build: ./api}\n  job: {build: {context: ., dockerfile: api/Dockerfile}}\n  db: {image: pg}\n": ".",
		"services: [":  ".",
		"services: {}": ".",
	} {
		r := looked(t, map[string]string{"compose.yaml": file, "api/Dockerfile": "FROM x\nCOPY . .\n"})
		if len(r.Services) != 1 || r.Services[0].Context != want {
			t.Errorf("%s: %+v, want it built from %s", file, r.Services, want)
		}
	}
}
