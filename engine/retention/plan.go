// Package retention says what of a state directory nobody needs any more, and removes what was said. The journal is no
// part of it: it stays whole, so that its chain of hashes can always be checked.
package retention

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// Item is one thing that goes, with all of its files.
type Item struct {
	Kind  string   `json:"kind"` // "run", "image" or "blobs"
	Name  string   `json:"name"` // as people call it
	Bytes int64    `json:"bytes"`
	Paths []string `json:"paths"` // below the state directory, in the order in which they are removed
}

// Plan is what a collection removes, and nothing else.
type Plan struct {
	Items []Item `json:"items"`
}

// Bytes is how much space the plan makes.
func (p Plan) Bytes() int64 {
	var sum int64
	for _, item := range p.Items {
		sum += item.Bytes
	}
	return sum
}

// Hash is the plan's name: another one has another hash.
func (p Plan) Hash() string {
	sum := sha256.New()
	_ = json.NewEncoder(sum).Encode(p) // a hash takes everything
	return hex.EncodeToString(sum.Sum(nil))[:12]
}

// Remove removes what the plan names. It goes on after what cannot be removed, and tells of all of it.
func (p Plan) Remove(state string) error {
	root, err := os.OpenRoot(state) // nothing outside of it, whatever links lie in it
	if err != nil {
		return fmt.Errorf("collect in %s: %w", state, err)
	}
	defer root.Close()
	var problems []error
	for _, item := range p.Items {
		for _, path := range item.Paths {
			if err := root.RemoveAll(path); err != nil {
				problems = append(problems, fmt.Errorf("remove %s of %s: %w", filepath.Join(state, path), item.Name, err))
				break // what it refers to must not go before it
			}
		}
	}
	return errors.Join(problems...)
}

// Sort puts the runs first, then the images, then what nothing refers to.
func (p Plan) Sort() {
	kinds := []string{"run", "image", "blobs"}
	slices.SortStableFunc(p.Items, func(a, b Item) int {
		return cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind))
	})
}
