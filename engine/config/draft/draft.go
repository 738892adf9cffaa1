// Package draft writes a configuration from what a survey found in a repository: one that is valid as it stands, says what
// it is about, and marks what could not be guessed.
package draft

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/gantry-cd/gantry/engine/survey"
)

// Draft is a configuration that somebody is to complete.
type Draft struct {
	Text     string // of config.toml
	Services []Service
	Open     []Open // what could not be guessed
}

// Service is what was found of one service, in a few words.
type Service struct{ Name, Dir, Found string }

// Open is something that only a person knows. It stands as a comment at its place in the text too.
type Open struct {
	Service string // "" concerns all
	What    string
	Do      string
}

// ErrNothing is a repository in which nothing can be started.
var ErrNothing = errors.New("found nothing here that could be started as a service")

// Write drafts a configuration. Below is where the repository is, as seen from the directory that the file will be in: "."
// for the same.
func Write(r survey.Repository, below string) (Draft, error) {
	if len(r.Services) == 0 {
		return Draft{}, fmt.Errorf("%w: a service is a directory with a Dockerfile, or with a go.mod, package.json, pom.xml, build.gradle, pyproject.toml or Cargo.toml that has a program%s",
			ErrNothing, left(r.Left))
	}
	p := &page{below: below}
	p.head(r)
	for _, s := range r.Services {
		p.service(s, r)
	}
	if len(r.Left) > 0 {
		p.line("")
		p.comment("", "Not taken for services; add a [[service]] for what is one after all:")
		for _, l := range r.Left {
			p.comment("  ", l.Path+": "+l.Why)
		}
	}
	return Draft{Text: p.text.String(), Services: p.services, Open: p.open}, nil
}

func left(all []survey.Left) string {
	var b strings.Builder
	for _, l := range all {
		fmt.Fprintf(&b, "\n  %s: %s", l.Path, l.Why)
	}
	return b.String()
}

func (p *page) head(r survey.Repository) {
	p.comment("", "The services of this repository, and the environments that they are promoted through. `gantry init` has written this"+
		" from what it found here. It is valid as it stands; what could not be guessed is marked NOT GUESSED.")
	p.line("#")
	p.line("#   gantry validate                    every problem of this file with its line")
	p.line("#   gantry run " + pad(r.Services[0].Name+" --dry-run", 24) + "what a run would do, stage by stage; changes nothing")
	p.line("#   gantry                             the console")
	p.line("")
	p.line("[pipeline]")
	p.value("watch", "false", "a merge starts nothing yet: take this out when a first run went well by hand")
	switch r.Branch {
	case "main":
	case "":
		p.notGuessed("", "", "the main branch", "there is no .git directory to read it from: where it is not main, say branch = \"…\"")
	default:
		p.value("branch", quote(r.Branch), "merges to it are promoted")
	}
	p.line("")
	p.comment("", "Environments, in promotion order. Each owns an image repository, a database and credentials.")
	p.notGuessed("", "", "where your environments are", "these three are on this machine, as processes and not containers (platform \"sandbox\"): good to"+
		" rehearse, and for programs that need nothing else of their image. A service is started with PORT, and must answer GET /healthz there")
	p.line("[[environment]]")
	p.line(`name = "dev"`)
	p.line("")
	p.line("[[environment]]")
	p.line(`name = "qa"`)
	p.value("rolls_back", `["qa", "dev"]`, "a failure here puts dev right again too")
	p.line("")
	p.line("[[environment]]")
	p.line(`name = "prod"`)
	p.value("protected", "true", "a rollback by hand must be confirmed by its name")
}

func (p *page) service(s survey.Service, r survey.Repository) {
	p.services = append(p.services, Service{s.Name, s.Dir, found(s)})
	p.line("")
	p.line("[[service]]")
	p.line("name = " + quote(s.Name))
	p.line("path = " + quote(path.Join(p.below, s.Dir)))
	p.contract(s)
	if pass := passed(s); len(pass) > 0 {
		p.comment("", "Of Gantry's own environment, for the build: where tools keep what they fetch, and how they reach out.")
		p.list("pass_env", pass)
	}
	if !s.Version {
		p.comment("", "Releases are called 0.0.0 and told apart by their commits until there is a file VERSION beside the source.")
	}
	if len(r.Services) > 1 {
		p.notGuessed("", s.Name, "which services it calls", `depends_on = ["…"] gives it their addresses, as NAME_URL, and orders their promotions`)
	}
	p.steps(s, r)
	p.image(s)
	p.migrations(s)
	p.suites(s)
}

func (p *page) contract(s survey.Service) {
	switch {
	case s.Contract != "":
		p.value("contract", quote(s.Contract), "what it promises; its stub is checked against it")
	case s.Swagger != "":
		p.notGuessed("", s.Name, "its contract", s.Swagger+" is Swagger 2.0: convert it to OpenAPI 3 and name that as contract = \"…\"")
	default:
		p.notGuessed("", s.Name, "its contract", "there is no OpenAPI 3 document: with one, contract = \"openapi.yaml\" lets others test against its stub")
	}
}

// suites says that only the team knows what proves a live service right.
func (p *page) suites(s survey.Service) {
	do := "a suite is a command and the files it needs, that run against the live service at BASE_URL and travel with each release"
	if len(s.Suites) > 0 {
		do += "; " + strings.Join(s.Suites, ", ") + " may hold one"
	}
	p.line("")
	p.notGuessed("  ", s.Name, "its acceptance and end-to-end tests", do)
	p.line("  #   [service.acceptance]")
	p.line("  #   files = { \"suite\" = \"suite\" }      # path in the suite = path below $GANTRY_OUT, or \"./…\" of the source")
	p.line("  #   run = \"./suite\"")
}

// found says in a few words what is known of a service.
func found(s survey.Service) string {
	var parts []string
	if s.Manifest != "" {
		parts = append(parts, s.Manifest)
	}
	if s.Dockerfile != "" {
		parts = append(parts, s.Dockerfile)
	}
	if s.Go != nil && s.Go.Ko != "" {
		parts = append(parts, s.Go.Ko)
	}
	if s.Migrations != nil {
		parts = append(parts, strings.TrimSpace(s.Migrations.Tool+" migrations in "+s.Migrations.Dir))
	}
	if contract := s.Contract + s.Swagger; contract != "" {
		parts = append(parts, path.Base(contract))
	}
	return strings.Join(parts, ", ")
}
