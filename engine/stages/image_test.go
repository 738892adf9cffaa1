package stages

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/source"
)

// madeFor is an image that says what it starts, for one architecture.
func madeFor(t *testing.T, architecture string) v1.Image {
	t.Helper()
	image, err := random.Image(300, 2)
	if err != nil {
		t.Fatal(err)
	}
	file, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	file = file.DeepCopy()
	file.OS, file.Architecture, file.Config.Entrypoint = "linux", architecture, []string{"/app"}
	if image, err = mutate.ConfigFile(image, file); err != nil {
		t.Fatal(err)
	}
	return image
}

func layoutWith(t *testing.T, index v1.ImageIndex) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "layout")
	path, err := layout.Write(dir, empty.Index)
	if err == nil {
		err = path.AppendIndex(index)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// builds runs the build stage with an image that comes about in some way.
func (w *world) builds(step string, image config.Image) (promotion.Result, error) {
	w.t.Helper()
	w.write("Dockerfile", "FROM scratch\n")
	w.service.Build = config.Stage{Steps: []config.Step{{Name: "compile", Run: step}}}
	w.service.Image = image
	from, err := source.Inspect(w.t.Context(), w.service.Path, "")
	if err != nil {
		w.t.Fatal(err)
	}
	w.run.Plan.Source = from
	return w.execute("build/build")
}

func TestAnIndexThatAnotherToolWroteIsPromotedWhole(t *testing.T) {
	w := newWorld(t)
	index := mutate.AppendManifests(empty.Index,
		mutate.IndexAddendum{Add: madeFor(t, "amd64"), Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "amd64"}}},
		mutate.IndexAddendum{Add: madeFor(t, "arm64"), Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "arm64"}}})
	want, err := index.Digest()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.builds(`cp -R `+layoutWith(t, index)+` "$GANTRY_OUT/image"`, config.Image{Layout: "image"}); err != nil {
		t.Fatal(err)
	}
	w.must("dev/push", "qa/copy")
	if got := w.run.Release.Image; string(got) != want.String() {
		t.Errorf("the index %s has become %s", want, got)
	}
	m, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range m.Manifests {
		if !w.has("qa", "", promotion.Digest(d.Digest.String())) {
			t.Errorf("the image for %s did not come along", d.Platform)
		}
	}
	in, err := w.places["qa"].Repository(t.Context(), promotion.Slot{Service: "items"}, "")
	if err != nil {
		t.Fatal(err)
	}
	if whole, err := images.Whole(t.Context(), in, w.run.Release.Image); err != nil || !whole {
		t.Errorf("all of it in QA: %v, %v", whole, err)
	}
}

func TestAnArchiveOfAnotherToolIsTaken(t *testing.T) {
	w := newWorld(t)
	file := filepath.Join(t.TempDir(), "image.tar")
	if err := tarball.WriteToFile(file, name.MustParseReference("app:1"), madeFor(t, "amd64")); err != nil {
		t.Fatal(err)
	}
	if _, err := w.builds(`mkdir target && cp `+file+` target/jib-image.tar`, config.Image{Archive: "./target/jib-image.tar"}); err != nil {
		t.Fatal(err)
	}
	w.must("dev/push", "qa/copy")
	if !w.has("qa", "", w.run.Release.Image) {
		t.Error("it is not in QA")
	}
}

func TestWhatAToolDidNotWriteIsTheBuildsFault(t *testing.T) {
	w := newWorld(t)
	_, err := w.builds("true", config.Image{Layout: "image"})
	wantVerdict(t, err, "nothing is there: look whether a step of the build writes it")
}

// builder puts a docker on PATH that does as a script says.
func builder(t *testing.T, script string) (asked string) {
	t.Helper()
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "docker"), []byte("#!/bin/sh\necho \"$@\" >> "+bin+"/asked\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":/usr/bin:/bin")
	return filepath.Join(bin, "asked")
}

func TestADockerfileIsBuiltAndItsImagePromoted(t *testing.T) {
	w := newWorld(t)
	file := filepath.Join(t.TempDir(), "image.tar")
	if err := tarball.WriteToFile(file, name.MustParseReference("app:1"), madeFor(t, "amd64")); err != nil {
		t.Fatal(err)
	}
	asked := builder(t, `case $1 in build) echo sha256:abc > image.id;; save) cp `+file+` "$3";; esac`)
	w.service.Name = "items"
	if _, err := w.builds("true", config.Image{Dockerfile: &config.Dockerfile{File: "Dockerfile", Context: ".", Args: map[string]string{"VERSION": "v$GANTRY_VERSION"}, Builder: "docker"}}); err != nil {
		t.Fatal(err)
	}
	if state := w.ended()["application image"]; state != promotion.StateSucceeded {
		t.Errorf("the step is %q", state)
	}
	if left, _ := filepath.Glob(filepath.Join(w.dir, "made", "*")); len(left) > 0 {
		t.Errorf("what the builder wrote is kept twice: %v", left)
	}
	w.must("dev/push", "qa/copy")
	if !w.has("qa", "", w.run.Release.Image) {
		t.Error("it is not in QA")
	}
	said, err := os.ReadFile(asked)
	if err != nil {
		t.Fatal(err)
	}
	source := filepath.Join(w.dir, "source")
	for _, want := range []string{"build --iidfile image.id --file " + source, "--build-arg VERSION=v1.1.0", "--label org.opencontainers.image.title=items", "save --output image.tar sha256:abc\n"} {
		if !strings.Contains(string(said), want) {
			t.Errorf("docker was not asked %q:\n%s", want, said)
		}
	}
	if strings.Contains(string(said), "push") {
		t.Errorf("docker was asked to push:\n%s", said)
	}
}

func TestADockerfileThatDoesNotBuildIsAVerdictWithTheLineThatSaysWhy(t *testing.T) {
	w := newWorld(t)
	builder(t, `[ "$1" = version ] || { echo 'Step 1/2 : FROM scratch'; echo 'ERROR: failed to solve: "/app": not found'; exit 1; }`)
	result, err := w.builds("true", config.Image{Dockerfile: &config.Dockerfile{File: "Dockerfile", Context: "."}})
	wantVerdict(t, err, "/app")
	if result.CauseStep != "application image" || result.CauseLine == 0 || w.ended()["application image"] != promotion.StateFailed {
		t.Errorf("the cause is %q at line %d of %q", result.Cause, result.CauseLine, result.CauseStep)
	}
}

func TestAMachineWithoutABuilderIsNoVerdict(t *testing.T) {
	w := newWorld(t)
	builder(t, "echo 'no daemon' >&2; exit 1")
	_, err := w.builds("true", config.Image{Dockerfile: &config.Dockerfile{File: "Dockerfile", Context: ".", Builder: "docker"}})
	wantError(t, err, "no builder for Dockerfiles works here", "no daemon")
}

func TestADockerfileCopiesOnlyWhatWasCheckedOut(t *testing.T) {
	w := newWorld(t)
	builder(t, "")
	for _, out := range []string{"../..", "../../.."} {
		_, err := w.builds("true", config.Image{Dockerfile: &config.Dockerfile{File: "Dockerfile", Context: out}})
		wantVerdict(t, err, "leads out of the repository")
	}
}
