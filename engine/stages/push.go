package stages

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// artifact is one of the images that a release consists of.
type artifact struct {
	what   string // what the environment calls it: "", "migration", "verification"
	name   string // what people call it
	digest promotion.Digest
}

func artifacts(r promotion.Release) []artifact {
	all := []artifact{{"", "application image", r.Image}, {"migration", "migration image", r.Migration}, {"verification", "verification suites", r.Verification}}
	var present []artifact
	for _, a := range all {
		if a.digest != "" {
			present = append(present, a)
		}
	}
	return present
}

// push brings the images that the build made into the first environment's repositories.
func push(ctx context.Context, job *Job) (promotion.Result, error) {
	environment, err := job.environment()
	if err != nil {
		return promotion.Result{}, err
	}
	release := job.release()
	for _, a := range artifacts(release) {
		to, err := environment.Repository(ctx, job.slot(), a.what)
		if err != nil {
			return promotion.Result{}, err
		}
		image, err := images.Open(job.Work.Images(), a.digest)
		if err != nil {
			if there, lookErr := images.Exists(ctx, to, a.digest); lookErr == nil && there {
				job.say("the %s %s is in %s already", a.name, a.digest.Short(), to.Name)
				continue
			}
			return promotion.Result{}, fmt.Errorf("the %s that the build made is gone, and it is not in %s: abort the run and rerun it from the build with `gantry rerun %d`: %w", a.name, to.Name, job.Run.ID, err)
		}
		if err := image.Push(ctx, to, tag(release)); err != nil {
			return promotion.Result{}, fmt.Errorf("push the %s to %s: %w", a.name, to.Name, err)
		}
		job.say("pushed the %s %s to %s, read back by digest", a.name, a.digest.Short(), to.Name)
		if err := job.scan(ctx, environment, a); err != nil {
			return resultOf(err), err
		}
	}
	return promotion.Result{Note: release.Image.Short()}, nil
}

// copyImages brings the release by digest from the environment before into this one's own repositories.
func copyImages(ctx context.Context, job *Job) (promotion.Result, error) {
	target, err := job.environment()
	if err != nil {
		return promotion.Result{}, err
	}
	before, err := job.before()
	if err != nil {
		return promotion.Result{}, err
	}
	source, err := job.Environments(before)
	if err != nil {
		return promotion.Result{}, err
	}
	release := job.release()
	for _, a := range artifacts(release) {
		if err := job.copyOne(ctx, a, source, target, job.Run.Plan.Slot(before)); err != nil {
			return promotion.Result{}, err
		}
		if err := job.scan(ctx, target, a); err != nil {
			return resultOf(err), err
		}
	}
	return promotion.Result{Note: release.Image.Short()}, nil
}

func (j *Job) copyOne(ctx context.Context, a artifact, source, target engine.Environment, slot promotion.Slot) error {
	from, err := source.Repository(ctx, slot, a.what)
	if err != nil {
		return err
	}
	to, err := target.Repository(ctx, j.slot(), a.what)
	if err != nil {
		return err
	}
	if err := images.Copy(ctx, from, a.digest, to, tag(j.release())); err != nil {
		if there, lookErr := present(ctx, from, a, err); lookErr == nil && !there {
			return fmt.Errorf("the %s %s is not in %s any more, and no retry brings it back: rerun it from the build with `gantry rerun %d`: %w",
				a.name, a.digest.Short(), from.Name, j.Run.ID, err)
		}
		return fmt.Errorf("copy the %s from %s to %s: %w", a.name, from.Name, to.Name, err)
	}
	j.say("copied the %s %s from %s to %s, verified by digest", a.name, a.digest.Short(), from.Name, to.Name)
	return nil
}

// scan waits for what the environment's registry finds in an image, where it looks for anything.
func (j *Job) scan(ctx context.Context, environment engine.Environment, a artifact) error {
	scanner, scans := environment.(engine.Scanner)
	if !scans {
		return nil
	}
	out := j.Log.Writer("scan")
	defer out.Close()
	return scanner.Scan(ctx, j.slot(), a.what, a.digest, out)
}

// present asks whether an artifact is still where it was to be read, when an error says that something was not there.
func present(ctx context.Context, from images.Repository, a artifact, err error) (bool, error) {
	if !errors.Is(err, images.ErrNotFound) {
		return true, nil
	}
	return images.Exists(ctx, from, a.digest)
}

// before is the environment that the release comes from.
func (j *Job) before() (string, error) {
	previous := ""
	if passed := j.Run.Plan.Passed; len(passed) > 0 {
		previous = passed[len(passed)-1].Environment
	}
	for _, column := range j.Run.Plan.Columns {
		if column.Name == j.Stage.ID.Column() && previous != "" && previous != promotion.BuildColumn {
			return previous, nil
		}
		previous = column.Name
	}
	return "", fmt.Errorf("%s has no environment before it to copy from", j.Stage.ID)
}

// tag is a name for people in the repository; Gantry itself goes by digests alone.
func tag(r promotion.Release) string {
	return strings.ReplaceAll(strings.ReplaceAll(r.Name(), " ", "-"), "+", "-")
}
