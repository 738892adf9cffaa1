package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine/config"
)

// byOtherMeans is the whole configuration, with the first service's image said in other words, and where they stand.
func byOtherMeans(t *testing.T, words string) (text, dir string) {
	t.Helper()
	text, dir = edited(t, "  files = { \"/app\" = \"app\" }\n  entrypoint = [\"/app\"]\n", words), root(t)
	if err := os.WriteFile(filepath.Join(dir, "inventory", "Dockerfile"), []byte("FROM scratch\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return text, dir
}

func TestAnImageComesAboutInOneOfFourWays(t *testing.T) {
	for words, want := range map[string]config.Image{
		"dockerfile = \"Dockerfile\"\n": {Dockerfile: &config.Dockerfile{File: "Dockerfile", Context: "."}},
		"dockerfile = \"Dockerfile\"\ncontext = \"..\"\ntarget = \"app\"\nargs = { V = \"$GANTRY_VERSION\" }\nplatforms = [\"linux/amd64\", \"linux/arm/v7\"]\nbuilder = \"buildah\"\n": {
			Dockerfile: &config.Dockerfile{File: "Dockerfile", Context: "..", Target: "app", Args: map[string]string{"V": "$GANTRY_VERSION"}, Platforms: []string{"linux/amd64", "linux/arm/v7"}, Builder: "buildah"}},
		"layout = \"image\"\ntag = \"app\"\n":    {Layout: "image", Tag: "app"},
		"archive = \"./target/jib-image.tar\"\n": {Archive: "./target/jib-image.tar"},
	} {
		text, dir := byOtherMeans(t, words)
		p, err := config.Parse("config.toml", text, dir)
		if err != nil {
			t.Errorf("%s: %v", words, err)
			continue
		}
		got := p.Service("inventory").Image
		if got.Line = 0; !reflect.DeepEqual(got, want) {
			t.Errorf("%s is read as %+v", words, got)
		}
	}
}

func TestAMistakeInHowAnImageComesAboutIsToldWithItsLine(t *testing.T) {
	const prefix = `service "inventory": image: `
	for _, c := range []struct{ words, begins, want string }{
		{"dockerfile = \"Dockerfil\"\n", "dockerfile", `dockerfile is "Dockerfil": it does not exist in ROOT/inventory`},
		{"dockerfile = \"../Dockerfile\"\n", "dockerfile", `dockerfile is "../Dockerfile": it must be a path below the service's directory`},
		{"dockerfile = \"Dockerfile\"\ncontext = \"/srv\"\n", "context", `context is "/srv": it must be a path relative to the service's directory`},
		{"dockerfile = \"Dockerfile\"\ncontext = \"../none\"\n", "context", `context is "../none": it does not exist in ROOT/inventory`},
		{"dockerfile = \"Dockerfile\"\nbuilder = \"bulidah\"\n", "builder", `builder is "bulidah": it must be docker, buildx, podman or buildah (did you mean "buildah"?)`},
		{"dockerfile = \"Dockerfile\"\nbuilder = \"docker\"\nplatforms = [\"linux/amd64\", \"linux/arm64\"]\n", "builder", `builder "docker" builds for one platform at a time: "buildx", "podman" and "buildah" build for several`},
		{"dockerfile = \"Dockerfile\"\nplatforms = [\"windows/amd64\"]\n", "platforms", `platforms: "windows/amd64" is none that Gantry runs: write "linux/amd64", "linux/arm64" or another of Linux`},
		{"dockerfile = \"Dockerfile\"\nargs = { DB = \"postgres://a:hunter2@db/x\" }\n", "args", `args: DB holds a password, and this file is kept in git and in every run's journal: let the service read it from where only it can`},
		{"dockerfile = \"Dockerfile\"\nentrypoint = [\"/app\"]\n", "entrypoint", `entrypoint goes with files: an image by dockerfile brings its own`},
		{"dockerfile = \"Dockerfile\"\nlayout = \"image\"\n", "layout", `dockerfile and layout are two ways to come by an image: keep one`},
		{"archive = \"/tmp/image.tar\"\n", "archive", `archive is "/tmp/image.tar": it must be a path below $GANTRY_OUT, or one of the source with a leading "./"`},
		{"layout = \"../image\"\n", "layout", `layout is "../image": it must be a path below $GANTRY_OUT, or one of the source with a leading "./"`},
		{"layout = \"image\"\nplatform = \"linux/arm64\"\n", "platform", `there is no key "platform" here`},
		{"", "[service.image]", `it does not say where the image comes from: files = { "/app" = "app" } puts it together from $GANTRY_OUT, dockerfile builds it, layout or archive takes what another tool wrote`},
	} {
		text, dir := byOtherMeans(t, c.words)
		_, err := config.Parse("config.toml", text, dir)
		want := fmt.Sprintf("config.toml:%d: %s%s", lineOf(t, text, c.begins, 1), prefix, strings.ReplaceAll(c.want, "ROOT", dir))
		if err == nil || err.Error() != want {
			t.Errorf("%s: the problem is\n%v\nwant\n%s", c.words, err, want)
		}
	}
}

// A release that was built before there was another way to come by an image is still the same release.
func TestTheOtherWaysChangeNoHashOfAServiceWithoutThem(t *testing.T) {
	const known = "sha256:fd2a492da810f677c8130454420dedcc18588e432602e3028cd89f905bdd9c0f"
	if got := config.Hash(parsed(t, whole).Service("orders")); got != known {
		t.Errorf("the hash has become %s", got)
	}
}
