package stages

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/dockerfile"
	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/process"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// image brings an image about in the way that the configuration says, and keeps it until it is pushed. The title is what it
// is called.
func (j *Job) image(ctx context.Context, spec config.Image, dir, title string) (promotion.Digest, error) {
	switch {
	case spec.Dockerfile != nil:
		defer os.RemoveAll(j.madeDir(title)) // what is taken is kept elsewhere
		var made string
		err := j.action(stepOf(title, j.Service.Name), func() (err error) {
			made, err = j.fromDockerfile(ctx, *spec.Dockerfile, dir, title)
			return err
		})
		if err != nil {
			return "", err
		}
		return j.take(ctx, images.Made{Path: made, Platforms: spec.Dockerfile.Platforms})
	case spec.Layout != "":
		return j.take(ctx, images.Made{Path: j.built(dir, spec.Layout), Tag: spec.Tag})
	case spec.Archive != "":
		return j.take(ctx, images.Made{Path: j.built(dir, spec.Archive), Tag: spec.Tag})
	}
	files := map[string]string{}
	for path, from := range spec.Files {
		files[path] = j.built(dir, from)
	}
	return j.save(images.Spec{Files: files, Entrypoint: spec.Entrypoint, User: spec.User}, title)
}

// take keeps what another tool made. What is no image that could run is the build's fault, and a verdict.
func (j *Job) take(ctx context.Context, made images.Made) (promotion.Digest, error) {
	digest, err := images.Import(ctx, j.Work.Images(), made)
	if errors.Is(err, images.ErrUnfit) || errors.Is(err, images.ErrDigestMismatch) || errors.Is(err, images.ErrNotFound) {
		return "", &engine.Verdict{Why: err.Error()}
	}
	return digest, err
}

// fromDockerfile lets a builder make an image, and returns where it is.
func (j *Job) fromDockerfile(ctx context.Context, d config.Dockerfile, dir, title string) (string, error) {
	context, err := j.contextOf(d, dir)
	if err != nil {
		return "", err
	}
	made := j.madeDir(title)
	if err := errors.Join(os.RemoveAll(made), os.MkdirAll(made, 0o700)); err != nil {
		return "", fmt.Errorf("make room for the image: %w", err)
	}
	env := j.buildVariables()
	builder, err := dockerfile.Find(ctx, d.Builder, len(d.Platforms), env)
	if err != nil {
		return "", err
	}
	args := map[string]string{}
	for name, value := range d.Args {
		args[name] = expand(value, env)
	}
	step, first := stepOf(title, j.Service.Name), j.Log.Len()
	log := j.Log.Writer(step)
	path, err := builder.Build(ctx, dockerfile.Build{
		File: filepath.Join(dir, d.File), Context: context, Target: d.Target, Args: args, Platforms: d.Platforms,
		Labels: j.labels(title), Name: fmt.Sprintf("gantry-%s-%d-%d", title, j.Run.ID, j.Attempt), Dir: made,
	}, env, log)
	log.Close()
	var exit *process.Exit
	switch {
	case errors.As(err, &exit) && exit.Killed():
		return "", fmt.Errorf("%w: it was killed from outside: look whether memory or time ran out, then try again", err)
	case errors.As(err, &exit):
		bad := &unbuilt{&engine.Verdict{Why: fmt.Sprintf("build %s with %s: %v", d.File, builder.Name(), err)}, step, 0}
		if line, text, found := firstError(j.Log, step, first); found {
			bad.Why, bad.line = step+": "+text, line
		}
		return "", bad
	}
	return path, err
}

// madeDir is where a builder puts an image.
func (j *Job) madeDir(title string) string { return filepath.Join(j.Work.Dir, "made", title) }

// unbuilt is the verdict of a builder, and where in the log it says why.
type unbuilt struct {
	*engine.Verdict
	step string
	line int
}

func (u *unbuilt) Unwrap() error { return u.Verdict }

// stepOf is the step that an image is built in. It holds a blank, which no step of a configuration does.
func stepOf(title, service string) string {
	if title == service {
		return "application image"
	}
	return "migration image"
}

// contextOf is the directory that a Dockerfile may copy from: in the run's own copy of the source, and nowhere else.
func (j *Job) contextOf(d config.Dockerfile, dir string) (string, error) {
	context := filepath.Join(dir, d.Context)
	source, err := filepath.EvalSymlinks(j.Work.Source())
	if err != nil {
		return "", fmt.Errorf("find the source: %w", err)
	}
	real, err := filepath.EvalSymlinks(context)
	if err != nil {
		return "", &engine.Verdict{Why: fmt.Sprintf("the context %q of %s is not in what was checked out: %v", d.Context, d.File, err)}
	}
	if below, err := filepath.Rel(source, real); err != nil || !filepath.IsLocal(below) {
		return "", &engine.Verdict{Why: fmt.Sprintf("the context %q of %s leads out of the repository: an image is built of what was checked out alone", d.Context, d.File)}
	}
	return context, nil
}

// how says what is done for an image.
func how(spec config.Image) string {
	switch {
	case spec.Dockerfile != nil:
		return "build"
	case spec.Layout != "" || spec.Archive != "":
		return "take"
	}
	return "assemble"
}
