package stages

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/migrations"
	"github.com/gantry-cd/gantry/engine/process"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/source"
)

// build checks the source out, runs the build's steps, and assembles the release's images from what they made.
func build(ctx context.Context, job *Job) (promotion.Result, error) {
	var dir string
	err := job.action("checkout", func() (err error) {
		dir, err = job.checkout(ctx)
		return err
	})
	if err != nil {
		return promotion.Result{}, err
	}
	if err := os.RemoveAll(job.Work.Out()); err != nil {
		return promotion.Result{}, fmt.Errorf("empty the build's output: %w", err)
	}
	if err := os.MkdirAll(job.Work.Out(), 0o700); err != nil {
		return promotion.Result{}, fmt.Errorf("make the build's output: %w", err)
	}
	result, err := runSteps(ctx, job, job.Service.Build.Steps, dir, job.buildVariables())
	if err != nil {
		return result, err
	}
	var release promotion.Release
	err = job.action("pack", func() (err error) {
		release, err = job.assemble(ctx, dir)
		return err
	})
	if err != nil {
		if bad := (*unbuilt)(nil); errors.As(err, &bad) {
			result.Cause, result.CauseStep, result.CauseLine = bad.Why, bad.step, bad.line
		}
		return result, err
	}
	result.Release = &release
	job.say("application image %s", release.Image)
	return result, nil
}

// checkout brings the run's own copy of the source and returns the service's directory in it.
func (j *Job) checkout(ctx context.Context) (string, error) {
	if err := os.RemoveAll(j.Work.Source()); err != nil {
		return "", fmt.Errorf("make room for the source: %w", err)
	}
	notes := j.Log.Writer("")
	defer notes.Close()
	dir, err := source.Checkout(ctx, j.Run.Plan.Source, j.Work.Source(), source.Notes(notes))
	if err != nil {
		return "", fmt.Errorf("check the source of %s out: %w", j.Service.Name, err)
	}
	return dir, nil
}

// buildVersion is what the built program calls itself: "1.8.0+3f9c1e2".
func buildVersion(r promotion.Release) string {
	var build []string
	if r.Commit != "" {
		build = append(build, r.ShortCommit())
	}
	if r.Commit != "" && r.Dirty != "" {
		build = append(build, "dirty")
	}
	if r.Dirty != "" {
		build = append(build, r.ShortDirty())
	}
	if len(build) == 0 {
		return r.Version
	}
	return r.Version + "+" + strings.Join(build, ".")
}

func (j *Job) buildVariables() []string {
	return append(Surroundings(j.Service),
		"GANTRY_OUT="+j.Work.Out(),
		"GANTRY_VERSION="+buildVersion(j.release()),
		"GANTRY_COMMIT="+j.release().Commit)
}

// Surroundings are the variables of Gantry's own environment that a service's build gets to see.
func Surroundings(s config.Service) []string {
	env := process.Surroundings()
	for _, name := range s.PassEnv {
		if value, set := os.LookupEnv(name); set {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// assemble brings the release's images about and keeps them until they are pushed.
func (j *Job) assemble(ctx context.Context, dir string) (promotion.Release, error) {
	release := j.release()
	release.Config = config.Hash(j.Service)
	if j.Service.Schema != "" {
		contracts, err := migrations.Contracts(os.DirFS(filepath.Join(dir, j.Service.Schema)))
		if err != nil {
			return release, err
		}
		release.Contracts = contracts
	}
	var work errgroup.Group // packing takes a core each
	work.Go(func() (err error) {
		if release.Image, err = j.image(ctx, j.Service.Image, dir, j.Service.Name); err != nil {
			return fmt.Errorf("%s the application image: %w", how(j.Service.Image), err)
		}
		return nil
	})
	if m := j.Service.Migrations; m != nil {
		work.Go(func() (err error) {
			if release.Migration, err = j.image(ctx, *m, dir, j.Service.Name+"-migration"); err != nil {
				return fmt.Errorf("%s the migration image: %w", how(*m), err)
			}
			return nil
		})
	}
	work.Go(func() (err error) {
		if release.Verification, err = j.verificationImage(dir); err != nil {
			return fmt.Errorf("assemble the verification suites: %w", err)
		}
		return nil
	})
	err := work.Wait()
	return release, err
}

// verificationImage packs the suites with the contract, so that they travel with the release by digest.
func (j *Job) verificationImage(dir string) (promotion.Digest, error) {
	files := map[string]string{}
	for kind, s := range map[promotion.Kind]*config.Suite{promotion.KindAcceptance: j.Service.Acceptance, promotion.KindE2E: j.Service.E2E} {
		if s == nil {
			continue
		}
		for path, from := range s.Files {
			files["/"+string(kind)+"/"+strings.TrimPrefix(path, "/")] = j.built(dir, from)
		}
		meta, err := json.Marshal(suite{Run: s.Run, Report: s.Report})
		if err != nil {
			return "", err
		}
		at := filepath.Join(j.Work.Dir, string(kind)+".json")
		if err := os.WriteFile(at, meta, 0o600); err != nil {
			return "", err
		}
		files["/"+string(kind)+".json"] = at
	}
	if j.Service.Contract != "" {
		files["/"+contractFile] = filepath.Join(dir, j.Service.Contract)
	}
	if len(files) == 0 {
		return "", nil
	}
	return j.save(images.Spec{Files: files, Zstd: true}, j.Service.Name+"-verification")
}

// contractFile is the OpenAPI document's name in the verification image.
const contractFile = "openapi.yaml"

// built is where a file of the configuration lies: below the build's output, or, with a leading "./", in the source.
func (j *Job) built(dir, from string) string {
	if strings.HasPrefix(from, "./") {
		return filepath.Join(dir, from)
	}
	return filepath.Join(j.Work.Out(), from)
}

func (j *Job) save(spec images.Spec, title string) (promotion.Digest, error) {
	spec.Labels = j.labels(title)
	image, err := images.Assemble(spec)
	if err != nil {
		return "", err
	}
	return images.Save(j.Work.Images(), image)
}

// labels are what an image says of itself.
func (j *Job) labels(title string) map[string]string {
	release := j.release()
	return map[string]string{
		"org.opencontainers.image.title":    title,
		"org.opencontainers.image.version":  buildVersion(release),
		"org.opencontainers.image.revision": release.Commit,
	}
}

// variables are a map's entries as "NAME=value", sorted.
func variables(m map[string]string) []string {
	var list []string
	for name, value := range m {
		list = append(list, name+"="+value)
	}
	slices.Sort(list)
	return list
}
