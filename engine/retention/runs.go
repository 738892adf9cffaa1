package retention

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// Kept is what must stay, as the journal tells it.
type Kept struct {
	Images  map[promotion.Digest]bool // of what is live, last good, a rollback's target, under way, or in a run that stays
	Expired []Run                     // ended, and nothing needs what they left; oldest first
}

// Run is a run by its number and its name.
type Run struct {
	ID   promotion.RunID
	Name string
}

// Runs are the files that expired runs left: logs, evidence, recorded exchanges and stubs.
func Runs(state string, expired []Run) ([]Item, error) {
	var items []Item
	for _, run := range expired {
		path := filepath.Join("runs", fmt.Sprint(run.ID))
		bytes, err := size(filepath.Join(state, path))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("what run %d left: %w", run.ID, err)
		}
		items = append(items, Item{Kind: "run", Name: fmt.Sprintf("run %d of %s", run.ID, run.Name), Bytes: bytes, Paths: []string{path}})
	}
	return items, nil
}

// size is that of all files of a directory. No link is followed.
func size(dir string) (int64, error) {
	var sum int64
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if err == nil {
			sum += info.Size()
		}
		return err
	})
	return sum, err
}
