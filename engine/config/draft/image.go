package draft

import (
	"slices"
	"strings"

	"github.com/gantry-cd/gantry/engine/survey"
)

// image writes where a service's image comes from.
func (p *page) image(s survey.Service) {
	p.line("")
	if p.imageUnknown(s) {
		return
	}
	p.line("  [service.image]")
	switch {
	case s.Dockerfile != "":
		p.line("  " + pad("dockerfile = "+quote(s.Dockerfile), 28) + "  # built by docker, podman or buildah, whichever works here")
		if s.Context != "." {
			p.line("  " + pad("context = "+quote(s.Context), 28) + "  # what it copies lies there")
		}
		if s.Guessed {
			p.notGuessed("  ", s.Name, "the directory that "+s.Dockerfile+" copies from", "what it copies is not all in the source: a step must make it, or context = \"…\" must say where it is")
		}
	case s.Java != nil:
		p.line(`  archive = "./` + map[bool]string{true: "target", false: "build"}[s.Java.Maven] + `/jib-image.tar"`)
	case s.Go != nil && s.Go.Ko != "":
		p.line(`  layout = "image"`)
	default:
		p.line(`  files = { "/` + s.Name + `" = "` + s.Name + `" }`)
		p.line(`  entrypoint = ["/` + s.Name + `"]`)
		p.line(`  user = "65532"`)
	}
	if s.Go != nil && len(s.Go.Mains) > 1 && s.Dockerfile == "" {
		p.notGuessed("  ", s.Name, "which of its programs is the service", s.Go.Main+" was taken of "+strings.Join(s.Go.Mains, ", ")+": change the step above, or add a [[service]] for each that is one")
	}
}

// imageUnknown writes an image that a person must bring about, where nothing says how: the configuration is valid with it,
// and its build says what is missing.
func (p *page) imageUnknown(s survey.Service) bool {
	native := s.Go != nil || s.Rust != nil || s.Java != nil && (s.Java.Maven || s.Java.Jib)
	if s.Dockerfile != "" || native {
		return false
	}
	do := "there is no Dockerfile: write one and say dockerfile = \"Dockerfile\" here, or let a step write an image to $GANTRY_OUT/image.tar"
	if s.Java != nil {
		do = "there is no Dockerfile, and the build has no jib: add the plugin com.google.cloud.tools.jib, a step that runs its task jibBuildTar, and archive = \"./build/jib-image.tar\" here; or write a Dockerfile and say dockerfile = \"Dockerfile\""
	}
	p.notGuessed("  ", s.Name, "its image", do)
	p.line("  [service.image]")
	p.line(`  archive = "image.tar"`)
	return true
}

// migrate is how each tool is told to bring a database up to date; the migrations lie in /migrations.
var migrate = map[string]string{
	"goose":          `goose -dir /migrations postgres "$DATABASE_URL" up`,
	"golang-migrate": `migrate -path /migrations -database "$DATABASE_URL" up`,
	"dbmate":         `dbmate --migrations-dir /migrations --no-dump-schema up`,
	"sqlx":           `sqlx migrate run --source /migrations`,
	"alembic":        `alembic upgrade head`,
	"prisma":         `npx prisma migrate deploy`,
	"django":         `python manage.py migrate --noinput`,
	"flyway":         `flyway -locations=filesystem:/migrations -url="$JDBC_URL" migrate`,
	"liquibase":      `liquibase --search-path=/migrations --url="$JDBC_URL" update`,
	"sql-migrate":    `sql-migrate up`,
}

// migrations writes how a service's migrations would be run: only the team knows an image that has their tool.
func (p *page) migrations(s survey.Service) {
	m := s.Migrations
	if m == nil {
		return
	}
	what := "the folder " + m.Dir + " holds migrations"
	if m.Tool != "" {
		what += " of " + m.Tool
	}
	do := what + ": Gantry runs them before each deploy from an image of their own, which is given DATABASE_URL. Write a Dockerfile with them and their tool"
	if command := migrate[m.Tool]; command != "" {
		do += ", which starts `" + command + "`"
	}
	if strings.Contains(migrate[m.Tool], "JDBC_URL") {
		do += ", with JDBC_URL made of DATABASE_URL"
	}
	do += ", and take the # from the lines below"
	if s.Java != nil && s.Java.Boot {
		do += "; and let the application not run them by itself when it starts"
	}
	p.line("")
	p.notGuessed("  ", s.Name, "its migration image", do)
	p.line("  #   [service.migrations]")
	if !slices.Contains([]string{"alembic", "django", "liquibase"}, m.Tool) {
		p.line("  " + pad("#   sources = "+quote(m.Dir), 36) + "  # its SQL: what takes something away is warned of before a rollback")
	}
	p.line(`  #   dockerfile = "Dockerfile.migrate"`)
}

// passed are the variables that the tools of a service need besides PATH and HOME.
func passed(s survey.Service) []string {
	var list []string
	switch {
	case s.Go != nil:
		list = []string{"GOPATH", "GOCACHE", "GOMODCACHE", "GOFLAGS", "GOTOOLCHAIN", "GOPROXY", "GOPRIVATE", "GONOSUMDB"}
	case s.Java != nil && s.Java.Maven:
		list = []string{"JAVA_HOME", "MAVEN_OPTS"}
	case s.Java != nil:
		list = []string{"JAVA_HOME", "GRADLE_OPTS", "GRADLE_USER_HOME"}
	case s.Rust != nil:
		list = []string{"CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"}
	case s.Python != nil:
		list = []string{"PIP_INDEX_URL", "UV_CACHE_DIR", "POETRY_CACHE_DIR"}
	case s.Node != nil:
		list = []string{"NPM_CONFIG_REGISTRY", "NPM_CONFIG_CACHE"}
	}
	if s.Dockerfile != "" {
		list = append(list, "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "XDG_RUNTIME_DIR")
	}
	return append(list, "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
}
