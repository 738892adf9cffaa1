// Package dockerfile builds images from Dockerfiles with whichever builder the machine has. What comes out is a directory
// or a file on this machine: none of them is ever told to push anything anywhere.
package dockerfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gantry-cd/gantry/engine/process"
)

// Build is one image to be built.
type Build struct {
	File      string            // the Dockerfile's path
	Context   string            // the directory that it may copy from
	Target    string            // the stage that is wanted; "" the last
	Args      map[string]string // --build-arg
	Platforms []string          // "linux/arm64"; none: this machine's. With several an index is built
	Labels    map[string]string
	// Name is what the builder calls an index while it is put together; nobody else may use it.
	Name string
	// Dir is an empty directory for what is built.
	Dir string
}

// Builders are the names that a configuration may give, in the order in which they are looked for.
func Builders() []string {
	var names []string
	for _, b := range builders {
		names = append(names, b.name)
	}
	return names
}

// Builder is a program that builds images from Dockerfiles.
type Builder struct {
	name string
	// works is a command that succeeds where the builder can build.
	works []string
	// several tells whether it can build for several platforms at once.
	several bool
	// unasked tells whether it is taken where none is named.
	unasked bool
	// commands are what is run, one after the other, and where the image is then.
	commands func(b Build) (list [][]string, made string)
	// after is run at the end, also of a build that failed; nil: nothing.
	after func(b Build) []string
}

// The daemon of docker may keep images in a way that buildx cannot export from; `docker save` always can. So buildx is
// taken by itself only where several platforms ask for it.
var builders = []Builder{
	{name: "docker", works: []string{"docker", "version", "--format", "{{.Server.Version}}"}, unasked: true, commands: docker},
	{name: "buildx", works: []string{"docker", "buildx", "version"}, several: true, commands: buildx},
	{name: "podman", works: []string{"podman", "--version"}, several: true, unasked: true, commands: podman, after: forget("podman")},
	{name: "buildah", works: []string{"buildah", "--version"}, several: true, unasked: true, commands: buildah, after: forget("buildah")},
}

// Name is how a configuration calls it.
func (b Builder) Name() string { return b.name }

// ErrNoBuilder is a machine that has none of the builders that would do.
var ErrNoBuilder = errors.New("no builder for Dockerfiles works here")

// Find looks for the builder of a name, or, where that is "", for the first one that works here and can build for so many
// platforms.
func Find(ctx context.Context, name string, platforms int, env []string) (Builder, error) {
	var missing []string
	for _, b := range builders {
		suits := b.unasked || b.several && platforms > 1
		if name != "" && b.name != name || name == "" && !suits || platforms > 1 && !b.several {
			continue
		}
		wrong := b.check(ctx, env)
		if wrong == "" {
			return b, nil
		}
		if err := context.Cause(ctx); err != nil {
			return b, err
		}
		missing = append(missing, b.name+": "+wrong)
	}
	if len(missing) == 0 {
		return Builder{}, fmt.Errorf("%w: %s does not build for several platforms: name buildx, podman or buildah", ErrNoBuilder, name)
	}
	return Builder{}, fmt.Errorf("%w: install one of them or start it; where it is reached by a variable such as DOCKER_HOST, name that in the service's pass_env (%s)",
		ErrNoBuilder, strings.Join(missing, "; "))
}

// check says why the builder does not work here; "" when it does.
func (b Builder) check(ctx context.Context, env []string) string {
	if !onPath(b.works[0], env) {
		return "there is no program " + b.works[0] + " on PATH"
	}
	var said strings.Builder
	err := process.Run(ctx, process.Command{Line: shell(b.works), Dir: os.TempDir(), Env: env, Stdout: io.Discard, Stderr: &said})
	if err == nil {
		return ""
	}
	if text := strings.TrimSpace(said.String()); text != "" {
		return fmt.Sprintf("`%s`: %s", strings.Join(b.works, " "), strings.Join(strings.Fields(text), " "))
	}
	return fmt.Sprintf("`%s`: %v", strings.Join(b.works, " "), err)
}

// onPath looks for a program as the command would.
func onPath(program string, env []string) bool {
	for _, variable := range slices.Backward(env) {
		dirs, found := strings.CutPrefix(variable, "PATH=")
		if !found {
			continue
		}
		return slices.ContainsFunc(filepath.SplitList(dirs), func(dir string) bool {
			info, err := os.Stat(filepath.Join(dir, program))
			return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
		})
	}
	return false
}

// ErrGone is a builder that does not work any more: there is no verdict on what it should have built.
var ErrGone = errors.New("the builder has gone")

// Build builds an image and returns where it is: a directory that is an OCI image layout, or an archive. A build that
// failed is a *process.Exit.
func (b Builder) Build(ctx context.Context, build Build, env []string, log io.Writer) (string, error) {
	list, made := b.commands(build)
	if b.after != nil && len(build.Platforms) > 1 {
		defer func() { // whatever became of the build
			_ = b.run(context.WithoutCancel(ctx), build, b.after(build), env, io.Discard)
		}()
	}
	for _, command := range list {
		fmt.Fprintf(log, "$ %s\n", shell(command))
		err := b.run(ctx, build, command, env, log)
		if err == nil {
			continue
		}
		if err := context.Cause(ctx); err != nil {
			return "", err
		}
		if wrong := b.check(ctx, env); wrong != "" {
			return "", fmt.Errorf("%w while it built: %s", ErrGone, wrong)
		}
		return "", fmt.Errorf("`%s %s`: %w", command[0], command[1], err)
	}
	return made, nil
}

func (b Builder) run(ctx context.Context, build Build, command, env []string, log io.Writer) error {
	return process.Run(ctx, process.Command{Line: shell(command), Dir: build.Dir, Env: env, Stdout: log, Stderr: log})
}

// options are what every builder is told in the same words.
func (b Build) options() []string {
	options := []string{"--file", b.File}
	if b.Target != "" {
		options = append(options, "--target", b.Target)
	}
	for _, name := range slices.Sorted(maps.Keys(b.Args)) {
		options = append(options, "--build-arg", name+"="+b.Args[name])
	}
	for _, name := range slices.Sorted(maps.Keys(b.Labels)) {
		options = append(options, "--label", name+"="+b.Labels[name])
	}
	if len(b.Platforms) > 0 {
		options = append(options, "--platform", strings.Join(b.Platforms, ","))
	}
	return options
}
