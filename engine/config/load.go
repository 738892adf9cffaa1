package config

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// Load reads and checks a configuration file. What is wrong with its content is a Problems.
func Load(path string) (Pipeline, error) { return Words{}.Load(path) }

// Load reads and checks a configuration file as Load does, and what it says about the console.
func (w Words) Load(path string) (Pipeline, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Pipeline{}, fmt.Errorf("there is no configuration %s: run gantry in a directory that has one, name it with --config FILE, or let `gantry init` write one for your repository: %w", path, fs.ErrNotExist)
	}
	if err != nil {
		return Pipeline{}, fmt.Errorf("read the configuration: %w", err)
	}
	file, err := filepath.Abs(path)
	if err != nil {
		return Pipeline{}, fmt.Errorf("read the configuration %s: %w", path, err)
	}
	pipeline, err := w.Parse(path, string(text), filepath.Dir(file))
	pipeline.File = file
	return pipeline, err
}

// Parse checks a configuration's text. The name stands in the problems; root is the directory that its paths are
// relative to, in which it looks for the files that it names.
func Parse(name, text, root string) (Pipeline, error) {
	return Words{}.Parse(name, text, root)
}

// Parse checks a configuration's text as Parse does, and what it says about the console.
func (w Words) Parse(name, text, root string) (Pipeline, error) {
	return parse(name, text, root, disk{}, w)
}

// FromPlan reads the copy of the configuration that a run took along, written when the file was at path. What that copy
// names may be gone from the disk by now; so it does not look.
func FromPlan(plan promotion.Plan, path string) (Pipeline, error) {
	pipeline, err := parse(filepath.Base(path)+" (the run's own copy)", plan.Config, filepath.Dir(path), nowhere{}, Words{})
	pipeline.File = path
	return pipeline, err
}

func parse(name, text, root string, around surroundings, words Words) (Pipeline, error) {
	document, err := parseDocument(name, text)
	if err != nil {
		return Pipeline{}, err
	}
	r := reader{
		collector: &collector{file: name}, around: around, words: words,
		pipeline: Pipeline{File: filepath.Join(root, filepath.Base(name)), Root: root, Source: text},
	}
	r.read(&table{collector: r.collector, place: document.place, values: document.values})
	r.check()
	if err := r.err(); err != nil {
		return Pipeline{}, err
	}
	r.pipeline.Warnings = r.listed()
	return r.pipeline, nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
