package dockerfile

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/process"
)

// machine is one that has some builders, which write down what they are asked and do as a script says.
type machine struct {
	t   *testing.T
	bin string
}

func newMachine(t *testing.T, scripts map[string]string) *machine {
	t.Helper()
	m := &machine{t, t.TempDir()}
	for program, script := range scripts {
		text := "#!/bin/sh\n{ printf '%s' " + program + `; for word in "$@"; do printf ' [%s]' "$word"; done; echo; } >> "` + m.bin + "/asked\"\n" + script
		if err := os.WriteFile(filepath.Join(m.bin, program), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func (m *machine) env() []string { return []string{"PATH=" + m.bin + ":/usr/bin:/bin"} }

// alone is a PATH with nothing but the machine's own builders.
func (m *machine) alone() []string { return []string{"PATH=" + m.bin} }

func (m *machine) asked() []string {
	m.t.Helper()
	text, err := os.ReadFile(filepath.Join(m.bin, "asked"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		m.t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

func (m *machine) must(want ...string) {
	m.t.Helper()
	if got := m.asked(); !slices.Equal(got, want) {
		m.t.Errorf("asked\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func orders(t *testing.T) Build {
	return Build{
		File: "/src/orders/Dockerfile", Context: "/src/it's here", Target: "app", Name: "gantry-orders-12",
		Args: map[string]string{"VERSION": "1.0.0 final", "MODE": "release"}, Labels: map[string]string{"title": "orders"}, Dir: t.TempDir(),
	}
}

const options = "[--file] [/src/orders/Dockerfile] [--target] [app] [--build-arg] [MODE=release] [--build-arg] [VERSION=1.0.0 final] [--label] [title=orders]"

func TestEachBuilderIsAskedInItsOwnWords(t *testing.T) {
	identified := `case " $* " in *" --iidfile "*) while [ "$1" != --iidfile ]; do shift; done; printf sha256:abc > "$2";; esac`
	for _, c := range []struct {
		builder   string
		platforms []string
		made      string
		want      []string
	}{
		{"docker", nil, "image.tar", []string{
			"docker [version] [--format] [{{.Server.Version}}]",
			"docker [build] [--iidfile] [image.id] " + options + " [/src/it's here]",
			"docker [save] [--output] [image.tar] [sha256:abc]"}},
		{"buildx", []string{"linux/amd64", "linux/arm64"}, "image.tar", []string{
			"docker [buildx] [version]",
			"docker [buildx] [build] [--provenance=false] [--sbom=false] [--output] [type=oci,dest=image.tar] " + options + " [--platform] [linux/amd64,linux/arm64] [/src/it's here]"}},
		{"podman", []string{"linux/arm64"}, "image", []string{
			"podman [--version]",
			"podman [build] [--iidfile] [image.id] " + options + " [--platform] [linux/arm64] [/src/it's here]",
			"podman [push] [sha256:abc] [oci:image]"}},
		{"podman", []string{"linux/amd64", "linux/arm64"}, "image", []string{
			"podman [--version]",
			"podman [build] [--layers=false] [--manifest] [gantry-orders-12] " + options + " [--platform] [linux/amd64,linux/arm64] [/src/it's here]",
			"podman [manifest] [push] [--all] [gantry-orders-12] [oci:image]",
			"podman [manifest] [rm] [gantry-orders-12]"}},
		{"buildah", nil, "image", []string{
			"buildah [--version]",
			"buildah [build] [--iidfile] [image.id] " + options + " [/src/it's here]",
			"buildah [push] [sha256:abc] [oci:image]"}},
		{"buildah", []string{"linux/amd64", "linux/arm64"}, "image", []string{
			"buildah [--version]",
			"buildah [build] [--layers=false] [--manifest] [gantry-orders-12] " + options + " [--platform] [linux/amd64,linux/arm64] [/src/it's here]",
			"buildah [manifest] [push] [--all] [gantry-orders-12] [oci:image]",
			"buildah [manifest] [rm] [gantry-orders-12]"}},
	} {
		t.Run(strings.Join(append([]string{c.builder}, c.platforms...), " "), func(t *testing.T) {
			m := newMachine(t, map[string]string{"docker": identified, "podman": identified, "buildah": identified})
			builder, err := Find(t.Context(), c.builder, len(c.platforms), m.env())
			if err != nil {
				t.Fatal(err)
			}
			b := orders(t)
			b.Platforms = c.platforms
			var log strings.Builder
			made, err := builder.Build(t.Context(), b, m.env(), &log)
			if err != nil || made != filepath.Join(b.Dir, c.made) {
				t.Errorf("made %s, %v", made, err)
			}
			m.must(c.want...)
			if !strings.Contains(log.String(), "$ "+strings.Fields(c.want[1])[0]+" ") {
				t.Errorf("the log does not say what was run:\n%s", log.String())
			}
		})
	}
}

func TestTheFirstBuilderThatWorksIsTaken(t *testing.T) {
	dead := "echo 'Cannot connect to the Docker daemon' >&2; exit 1"
	for _, c := range []struct {
		what      string
		scripts   map[string]string
		platforms int
		want      string
	}{
		{"docker comes first", map[string]string{"docker": "", "podman": "", "buildah": ""}, 0, "docker"},
		{"its daemon is down", map[string]string{"docker": dead, "buildah": ""}, 0, "buildah"},
		{"for several platforms", map[string]string{"docker": "", "podman": ""}, 2, "buildx"},
		{"there is one only", map[string]string{"podman": ""}, 1, "podman"},
	} {
		m := newMachine(t, c.scripts)
		if b, err := Find(t.Context(), "", c.platforms, m.alone()); err != nil || b.Name() != c.want {
			t.Errorf("%s: %q, %v", c.what, b.Name(), err)
		}
	}
}

func TestWhatIsMissingIsNamed(t *testing.T) {
	for _, c := range []struct {
		name      string
		platforms int
		scripts   map[string]string
		says      []string
	}{
		{"", 0, nil, []string{"docker: there is no program docker on PATH", "podman: there is no program podman", "buildah: there is no"}},
		{"podman", 0, map[string]string{"buildah": ""}, []string{"podman: there is no program podman on PATH"}},
		{"docker", 0, map[string]string{"docker": "echo 'Cannot connect to the Docker daemon' >&2; exit 1"}, []string{"docker version", "Cannot connect to the Docker daemon", "pass_env"}},
		{"docker", 2, map[string]string{"docker": ""}, []string{"docker does not build for several platforms: name buildx"}},
	} {
		m := newMachine(t, c.scripts)
		_, err := Find(t.Context(), c.name, c.platforms, m.alone())
		if !errors.Is(err, ErrNoBuilder) {
			t.Errorf("%+v: %v", c, err)
			continue
		}
		for _, s := range c.says {
			if !strings.Contains(err.Error(), s) {
				t.Errorf("nothing says %q: %v", s, err)
			}
		}
	}
}

func TestABuildThatFailsIsAVerdictAndABuilderThatGoesIsNone(t *testing.T) {
	m := newMachine(t, map[string]string{"docker": `[ "$1" = version ] || { echo 'COPY failed'; exit 7; }`})
	builder, err := Find(t.Context(), "docker", 0, m.env())
	if err != nil {
		t.Fatal(err)
	}
	var exit *process.Exit
	var log strings.Builder
	if _, err := builder.Build(t.Context(), orders(t), m.env(), &log); !errors.As(err, &exit) || exit.Status != 7 || !strings.Contains(log.String(), "COPY failed") {
		t.Errorf("%v, log:\n%s", err, log.String())
	}
	m = newMachine(t, map[string]string{"docker": `! grep -q '\[build\]' "$(dirname "$0")/asked" || { echo 'no daemon' >&2; exit 1; }`})
	if builder, err = Find(t.Context(), "docker", 0, m.env()); err != nil {
		t.Fatal(err)
	}
	exit = nil
	if _, err := builder.Build(t.Context(), orders(t), m.env(), &log); !errors.Is(err, ErrGone) || errors.As(err, &exit) {
		t.Errorf("a builder that has gone: %v", err)
	}
}

// A real builder, where there is one: an image without a base, so that nothing is fetched.
func TestARealBuilderMakesAnImageThatCanBeTaken(t *testing.T) {
	env := process.Surroundings()
	for _, name := range []string{"DOCKER_HOST", "STORAGE_DRIVER", "BUILDAH_ISOLATION", "XDG_RUNTIME_DIR"} {
		if value, set := os.LookupEnv(name); set {
			env = append(env, name+"="+value)
		}
	}
	source := t.TempDir()
	for name, text := range map[string]string{"Dockerfile": "FROM scratch AS app\nARG FILE\nCOPY $FILE /app\nENTRYPOINT [\"/app\"]\n", "program": "#!/bin/sh\n"} {
		if err := os.WriteFile(filepath.Join(source, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	built := 0
	for _, name := range Builders() {
		for _, platforms := range [][]string{nil, {"linux/amd64", "linux/arm64"}} {
			t.Run(strings.Join(append([]string{name}, platforms...), " "), func(t *testing.T) {
				builder, err := Find(t.Context(), name, len(platforms), env)
				if err != nil {
					t.Skip("gantry needs a builder for this: " + err.Error())
				}
				var log strings.Builder
				made, err := builder.Build(t.Context(), Build{
					File: filepath.Join(source, "Dockerfile"), Context: source, Target: "app", Args: map[string]string{"FILE": "program"}, Platforms: platforms,
					Labels: map[string]string{"org.opencontainers.image.title": "app"}, Name: "gantry-test-app", Dir: t.TempDir(),
				}, env, &log)
				if err != nil && name == "buildx" && strings.Contains(log.String(), "docker driver") {
					t.Skip("gantry needs buildx with another driver than docker: " + err.Error())
				}
				if err != nil {
					t.Fatalf("%v\n%s", err, log.String())
				}
				built++
				store := t.TempDir()
				digest, err := images.Import(t.Context(), store, images.Made{Path: made})
				if err != nil {
					t.Fatal(err)
				}
				raw, err := os.ReadFile(filepath.Join(store, "blobs", strings.Replace(string(digest), ":", "/", 1)))
				if index := strings.Contains(string(raw), `"arm64"`); err != nil || index != (len(platforms) > 1) {
					t.Errorf("for %v: %s, %v", platforms, raw, err)
				}
			})
		}
	}
	if built == 0 && os.Getenv("GANTRY_CI") == "1" {
		t.Error("CI has no builder at all: install buildah")
	}
}
