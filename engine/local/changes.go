package local

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/dependencies"
	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/source"
)

// listed is how many commits, and how many files, are told one by one.
const listed = 20

// Changes says what sets a run's release apart from what compareWith finds. What cannot be found out is
// among what it says; the error is for a run that does not exist.
func (e *Engine) Changes(ctx context.Context, id promotion.RunID) (engine.Changes, error) {
	run, err := e.Run(id)
	if err != nil {
		return engine.Changes{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c := engine.Changes{Run: id, Release: run.Release}
	if run.Plan.Kind != promotion.Promotion {
		return c, nil
	}
	if err := e.compareWith(run, &c); err != nil || c.Since == nil {
		return c, err
	}
	e.compareSources(ctx, run, &c)
	e.compareImages(ctx, run, &c)
	e.compareSettings(run, &c)
	compareStubs(&c)
	return c, nil
}

// unknown notes what could not be found out.
func unknown(c *engine.Changes, what string, err error) {
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("it took longer than %s", promotion.Duration(patience))
	}
	c.Unknown = append(c.Unknown, fmt.Sprintf("%s: %v", what, err))
}

// compareSources tells commits, files, and the versions of libraries in the files that declare them.
func (e *Engine) compareSources(ctx context.Context, run promotion.Run, c *engine.Changes) {
	from, to := c.Since.Release, sourceOf(run)
	if to.Dirty == run.Plan.Source.Dirty {
		c.Uncommitted, c.MoreUncommitted = run.Plan.Source.Uncommitted, run.Plan.Source.MoreUncommitted
	}
	if to.Dirty != "" && to.Commit != "" && len(c.Uncommitted) == 0 {
		c.Unknown = append(c.Unknown, "what was not committed when it was built: nobody kept that")
	}
	if from.Dirty != "" && from.Commit != "" {
		c.Unknown = append(c.Unknown, "what was not committed when "+from.Name()+" was built: nobody kept that")
	}
	switch {
	case from.Commit == "" || to.Commit == "":
		c.Unknown = append(c.Unknown, "commits: it was built from a directory that no git knows")
		return
	case from.Commit == to.Commit:
		return
	}
	p, err := source.Between(ctx, run.Plan.Source.Path, from.Commit, to.Commit, listed)
	if err != nil {
		unknown(c, "commits", err)
		return
	}
	for _, commit := range p.Commits {
		c.Commits = append(c.Commits, engine.Commit{Hash: commit.Commit, Subject: commit.Subject, Author: commit.Author, At: commit.Committed})
	}
	c.MoreCommits, c.LostCommits = p.More, p.Lost
	c.Files = p.Files[:min(listed, len(p.Files))]
	c.MoreFiles = len(p.Files) - len(c.Files)
	for _, file := range p.Files {
		if dependencies.Declares(file) {
			compareVersions(ctx, run.Plan.Source.Path, file, from.Commit, to.Commit, c)
		}
	}
}

// sourceOf is what a run builds: known from its plan before the build has made a release of it.
func sourceOf(run promotion.Run) promotion.Source {
	if run.Release.Commit != "" {
		return promotion.Source{Commit: run.Release.Commit, Dirty: run.Release.Dirty}
	}
	return run.Plan.Source
}

func compareVersions(ctx context.Context, service, file, from, to string, c *engine.Changes) {
	var versions [2]map[string]string
	for i, commit := range []string{from, to} {
		text, err := source.File(ctx, service, commit, file)
		if err == nil && text != nil {
			versions[i], err = dependencies.Read(file, text)
		}
		if err != nil {
			unknown(c, "dependencies", err)
			return
		}
	}
	c.Dependencies = append(c.Dependencies, versionChanges(versions[0], versions[1])...)
}

// versionChanges are what differs, by name.
func versionChanges(from, to map[string]string) []engine.VersionChange {
	var all []engine.VersionChange
	names := maps.Clone(from)
	if names == nil {
		names = map[string]string{}
	}
	maps.Copy(names, to)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if from[name] != to[name] {
			all = append(all, engine.VersionChange{Name: name, From: from[name], To: to[name]})
		}
	}
	return all
}

// compareStubs tells against which other stubs of the services it depends on the release was tested.
func compareStubs(c *engine.Changes) {
	short := func(all map[string]promotion.Digest) map[string]string {
		m := map[string]string{}
		for name, digest := range all {
			m["stub "+name] = digest.Short()
		}
		return m
	}
	if len(c.Release.Tested) > 0 { // it came to its contract tests
		c.Dependencies = append(c.Dependencies, versionChanges(short(c.Since.Release.Tested), short(c.Release.Tested))...)
	}
}

// compareImages tells which layers are other ones, as the first environment's registry keeps both images.
func (e *Engine) compareImages(ctx context.Context, run promotion.Run, c *engine.Changes) {
	if run.Release.Image == "" || c.Since.Release.Image == "" || len(run.Plan.Columns) < 2 {
		return
	}
	if run.Release.Image == c.Since.Release.Image {
		return
	}
	e.mu.Lock()
	pipeline := e.copyOf(run)
	e.mu.Unlock()
	name := run.Plan.Columns[1].Name
	environment, err := e.environment(pipeline, name)
	if err == nil {
		c.Layers, err = compareLayers(ctx, viewOf(environment), run.Plan.Slot(name), c.Since.Release.Image, run.Release.Image)
	}
	if err != nil {
		unknown(c, "image layers", err)
	}
}

func compareLayers(ctx context.Context, view engine.View, slot promotion.Slot, from, to promotion.Digest) (*engine.LayerChange, error) {
	repository, err := view.Repository(ctx, slot, "")
	if err != nil {
		return nil, err
	}
	was, wasSet, err := images.Layers(ctx, repository, from, images.WithTries(1))
	if err != nil {
		return nil, err
	}
	is, isSet, err := images.Layers(ctx, repository, to, images.WithTries(1))
	if err != nil {
		return nil, err
	}
	old := map[promotion.Digest]bool{}
	for _, layer := range was {
		old[layer.Digest] = true
	}
	c := engine.LayerChange{Settings: wasSet != isSet}
	for _, layer := range is {
		if old[layer.Digest] {
			c.Kept++
			continue
		}
		c.Added++
		c.AddedBytes += layer.Bytes
	}
	c.Removed = len(was) - c.Kept
	return &c, nil
}

// compareSettings tells what the configuration said otherwise when the last good release was promoted.
func (e *Engine) compareSettings(run promotion.Run, c *engine.Changes) {
	good, err := e.Run(c.Since.Run)
	if err == nil && good.Plan.Config == "" {
		err = fmt.Errorf("run %d took no copy of it along", good.ID)
	}
	if err != nil {
		unknown(c, "configuration", err)
		return
	}
	found, err := config.Differences(good.Plan.Config, run.Plan.Config, run.Plan.Service)
	if err != nil {
		unknown(c, "configuration", err)
		return
	}
	for _, d := range found {
		c.Settings = append(c.Settings, engine.SettingChange{Key: d.Key, From: d.From, To: d.To})
	}
}
