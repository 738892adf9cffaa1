package aws

import (
	"context"
	"fmt"
	"io"
	"maps"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// updating is how long Lambda may take to optimise an image.
const updating = 10 * time.Minute

// wanted is the version of a function to go to: a recorded one that is as asked for, so that a rollback runs exactly what
// was good, or a new one.
func (e *Environment) wanted(ctx context.Context, s *session, f function, r engine.Rollout, log io.Writer) (string, error) {
	want, err := e.contentsOf(ctx, s, r)
	if err != nil {
		return "", err
	}
	variables := map[string]string{}
	for _, v := range want.variables {
		variables[aws.ToString(v.Name)] = aws.ToString(v.Value)
	}
	for _, recorded := range []string{f.note.good, f.note.before, f.alias.FunctionVersion} {
		if recorded == "" || recorded == latest {
			continue
		}
		v, err := s.lambda.GetFunction(ctx, f.name, recorded)
		if code(err) == "ResourceNotFoundException" { // somebody has deleted it
			continue
		}
		if err != nil {
			return "", e.failed(err, "describe version %s of the function %s", recorded, f.name)
		}
		if v.digest() == r.Release.Image && has(v.Configuration.Environment.Variables, variables) && usable(v.Configuration) {
			fmt.Fprintf(log, "version %s of %s is what is asked for\n", recorded, f.name)
			return recorded, nil
		}
	}
	return e.publish(ctx, s, f, r, want.image, variables, log)
}

func has(all, some map[string]string) bool {
	for name, value := range some {
		if got, is := all[name]; !is || got != value {
			return false
		}
	}
	return true
}

// publish makes a version with the image and the variables. What the function says besides stays.
func (e *Environment) publish(ctx context.Context, s *session, f function, r engine.Rollout, image string, variables map[string]string, log io.Writer) (string, error) {
	now, err := e.settled(ctx, s, f.name, "")
	if err != nil {
		return "", err
	}
	if old := now.Configuration.Environment.Variables; !has(old, variables) {
		all := maps.Clone(old)
		if all == nil {
			all = map[string]string{}
		}
		maps.Copy(all, variables)
		if err := s.lambda.UpdateFunctionConfiguration(ctx, f.name, now.Configuration.RevisionId, all); err != nil {
			return "", e.changed(err, "set the variables of the function %s", f.name)
		}
		if now, err = e.settled(ctx, s, f.name, ""); err != nil {
			return "", err
		}
	}
	if err := s.lambda.UpdateFunctionCode(ctx, f.name, now.Configuration.RevisionId, image); err != nil {
		return "", e.changed(err, "set the image of the function %s", f.name)
	}
	if now, err = e.settled(ctx, s, f.name, ""); err != nil {
		return "", err
	}
	made, err := s.lambda.PublishVersion(ctx, f.name, now.Configuration, r.Release.Version)
	if err != nil {
		return "", e.changed(err, "publish a version of the function %s", f.name)
	}
	if now, err = e.settled(ctx, s, f.name, made.Version); err != nil {
		return "", err
	}
	if got := now.digest(); got != r.Release.Image {
		return "", fmt.Errorf("%s: version %s of the function %s runs %s, which is not %s: somebody else deploys, too", e.Name(), made.Version, f.name, got, r.Release.Image)
	}
	fmt.Fprintf(log, "published version %s of %s\n", made.Version, f.name)
	return made.Version, nil
}

// changed says so where somebody else changes the same.
func (e *Environment) changed(err error, format string, args ...any) error {
	if c := code(err); c == "PreconditionFailedException" || c == "ResourceConflictException" {
		return e.failed(err, "somebody else changes it, too: "+format, args...)
	}
	return e.failed(err, format, args...)
}

// settled waits until Lambda has come to an end with a version.
func (e *Environment) settled(ctx context.Context, s *session, name, qualifier string) (v functionVersion, err error) {
	limit := e.clock.Now().Add(updating)
	var silent spell
	for {
		v, err = s.lambda.GetFunction(ctx, name, qualifier)
		c := v.Configuration
		switch {
		case err != nil && qualifier != "" && code(err) == "ResourceNotFoundException" && !silent.lasts(e.clock.Now()): // not everywhere yet
		case err != nil:
			err = e.failed(err, "describe the function %s", name)
			if silent.lasts(e.clock.Now()) || !passing(ctx, err) {
				return v, err
			}
		case c.LastUpdateStatus == "Failed" || c.State == "Failed":
			return v, e.spoilt(name, c)
		case c.LastUpdateStatus != "InProgress" && c.State != "Pending":
			return v, nil
		default:
			silent.ends()
		}
		if e.clock.Now().After(limit) {
			return v, fmt.Errorf("%s: Lambda has not come to an end with %s within %s: it is %s", e.Name(), name, promotion.Duration(updating), c.LastUpdateStatus)
		}
		if err := e.pause(ctx); err != nil {
			return v, fmt.Errorf("%s: given up while Lambda updates %s; calls go where they went before: %w", e.Name(), name, err)
		}
	}
}

// spoilt is a verdict where the image is no function, and none where Lambda could not get so far. Calls go on to what was
// before: only a version that was published is ever pointed to.
func (e *Environment) spoilt(name string, c configuration) error {
	why := fmt.Sprintf("Lambda refuses it: %s: %s", c.LastUpdateStatusReasonCode, c.LastUpdateStatusReason)
	if c.LastUpdateStatusReasonCode == "InvalidImage" {
		return &engine.Verdict{Why: name + ": " + why}
	}
	return fmt.Errorf("%s: the function %s was not updated: %s%s", e.Name(), name, why, c.StateReason)
}
