package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Unused is something in a registry's directory that may go: a manifest with its tags and the blobs that no other manifest
// refers to; or, without a name, blobs that none refers to at all.
type Unused struct {
	Repository string
	Digest     string
	Tags       []string
	Files      []string // in the order in which they go: whatever breaks off, nothing is left that refers to what is gone
	Bytes      int64
}

// FindUnused looks for what nobody wants and was written before a moment. It changes nothing. A manifest that an index
// refers to stays with it. One that cannot be read is an error: nobody knows what it refers to.
func FindUnused(dir string, wanted func(digest string, tags []string) bool, before time.Time) ([]Unused, error) {
	s := survey{registry: Registry{dir: dir}, stays: map[string]bool{}, claimed: map[string]bool{}}
	if err := s.read(); err != nil {
		return nil, fmt.Errorf("what is unused in the registry %s: %w", dir, err)
	}
	for _, m := range s.manifests {
		if wanted(m.digest, m.tags) || !m.written.Before(before) {
			s.keep(m)
		}
	}
	found := s.manifestsThatGo()
	rest, err := s.blobs(before)
	if err != nil {
		return nil, fmt.Errorf("what is unused in the registry %s: %w", dir, err)
	}
	if len(rest.Files) > 0 {
		found = append(found, rest)
	}
	return found, nil
}

// survey is what a look at the whole registry has found.
type survey struct {
	registry  Registry
	manifests []*kept
	stays     map[string]bool // digests of manifests, and of the blobs that they refer to
	claimed   map[string]bool // blobs that go with a manifest
}

// kept is a manifest of one repository.
type kept struct {
	repository, digest string
	tags               []string
	written            time.Time
	size               int64
	refers             []string
}

func (s *survey) read() error {
	root := filepath.Join(s.registry.dir, "repositories")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() || d.Name() != "_manifests" {
			return err
		}
		name, err := filepath.Rel(root, filepath.Dir(path))
		if err == nil {
			err = s.repository(filepath.ToSlash(name), path)
		}
		if err != nil {
			return err
		}
		return fs.SkipDir
	})
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (s *survey) repository(name, manifests string) error {
	tags, err := s.registry.tags(name)
	if err != nil {
		return err
	}
	of := map[string][]string{}
	for _, tag := range tags {
		digest, err := s.registry.digestOf(name, tag)
		if err != nil {
			return err
		}
		of[digest] = append(of[digest], tag)
	}
	entries, err := os.ReadDir(manifests)
	if err != nil {
		return err
	}
	for _, e := range entries {
		digest := "sha256:" + e.Name()
		if !digestForm.MatchString(digest) { // what is being written
			continue
		}
		m := &kept{repository: name, digest: digest, tags: of[digest]}
		if err := m.read(filepath.Join(manifests, e.Name())); err != nil {
			return err
		}
		s.manifests = append(s.manifests, m)
	}
	return nil
}

func (m *kept) read(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	m.written, m.size = info.ModTime(), info.Size()
	_, raw, _ := bytes.Cut(text, []byte{'\n'})
	var refers struct {
		Config    *descriptor  `json:"config"`
		Subject   *descriptor  `json:"subject"`
		Layers    []descriptor `json:"layers"`
		Manifests []descriptor `json:"manifests"`
	}
	if err := json.Unmarshal(raw, &refers); err != nil {
		return fmt.Errorf("the manifest %s of %s is damaged: %w", m.digest, m.repository, err)
	}
	for _, one := range []*descriptor{refers.Config, refers.Subject} {
		if one != nil {
			refers.Layers = append(refers.Layers, *one)
		}
	}
	for _, d := range append(refers.Layers, refers.Manifests...) {
		m.refers = append(m.refers, d.Digest)
	}
	return nil
}

// keep keeps a manifest and all that it refers to, however deep.
func (s *survey) keep(m *kept) {
	s.stays[m.digest] = true
	for _, digest := range m.refers {
		if s.stays[digest] {
			continue
		}
		s.stays[digest] = true
		for _, other := range s.manifests {
			if other.digest == digest {
				s.keep(other)
			}
		}
	}
}

func (s *survey) manifestsThatGo() []Unused {
	var found []Unused
	for _, m := range s.manifests {
		if s.stays[m.digest] {
			continue
		}
		u := Unused{Repository: m.repository, Digest: m.digest, Tags: m.tags, Bytes: m.size}
		for _, tag := range m.tags {
			u.Files = append(u.Files, filepath.Join(s.registry.tagsPath(m.repository), tag))
		}
		u.Files = append(u.Files, s.registry.manifestPath(m.repository, m.digest))
		found = append(found, u)
	}
	s.claim(found)
	return found
}

// claim gives each blob to the last manifest that refers to it, so that it goes after all that do.
func (s *survey) claim(found []Unused) {
	refers := map[string][]string{}
	for _, m := range s.manifests {
		refers[m.repository+m.digest] = m.refers
	}
	for i := range slices.Backward(found) {
		u := &found[i]
		for _, digest := range refers[u.Repository+u.Digest] {
			size, there := s.registry.hasBlob(digest)
			if !there || s.stays[digest] || s.claimed[digest] {
				continue
			}
			s.claimed[digest] = true
			u.Files, u.Bytes = append(u.Files, s.registry.blobPath(digest)), u.Bytes+size
		}
	}
}

// blobs are those that nothing refers to.
func (s *survey) blobs(before time.Time) (Unused, error) {
	var rest Unused
	entries, err := os.ReadDir(filepath.Join(s.registry.dir, "blobs", "sha256"))
	if errors.Is(err, fs.ErrNotExist) {
		return rest, nil
	}
	if err != nil {
		return rest, err
	}
	for _, e := range entries {
		digest := "sha256:" + strings.TrimSpace(e.Name())
		info, err := e.Info()
		if err != nil {
			return rest, err
		}
		if !digestForm.MatchString(digest) || s.stays[digest] || s.claimed[digest] || !info.ModTime().Before(before) {
			continue
		}
		rest.Files, rest.Bytes = append(rest.Files, s.registry.blobPath(digest)), rest.Bytes+info.Size()
	}
	return rest, nil
}
