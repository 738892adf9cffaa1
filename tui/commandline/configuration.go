package commandline

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/journal"
	"github.com/gantry-cd/gantry/tui/keys"
	"github.com/gantry-cd/gantry/tui/theme"
)

// Load reads a configuration, what it says about the console included.
func Load(path string) (config.Pipeline, error) {
	return words().Load(path)
}

func words() config.Words { return config.Words{Themes: theme.Palettes(), Wrong: wrongKeys} }

// Keys are the console's keys as a configuration has them, which Load has checked.
func Keys(c config.Console) keys.Table {
	table, _ := keys.Rebind(changes(c.Keys))
	return table
}

// asItWas adds to what is wrong with a configuration how to get at what runs meanwhile: who is called at night may have
// to roll something back before anybody knows what that file was to become.
func (a *app) asItWas(err error) error {
	var wrong config.Problems
	if !errors.As(err, &wrong) {
		return err
	}
	if _, none := os.Stat(filepath.Join(a.files.State, journal.File)); none != nil {
		return err // nothing ran yet
	}
	dir, name := filepath.Split(a.files.Config)
	before := filepath.Join(dir, "as-it-was.toml")
	state := ""
	if a.files.State != filesOf(before, "").State {
		state = " --state " + a.files.State
	}
	return fmt.Errorf("%w\nUntil it is mended, the file as it was committed still leads to what runs: git -C %s show HEAD:./%s > %s; gantry --config %s%s",
		err, filepath.Clean(dir), name, before, before, state)
}

func changes(all []config.Keys) []keys.Change {
	var changes []keys.Change
	for _, k := range all {
		changes = append(changes, keys.Change{Action: keys.Action(k.Action), Keys: k.Keys})
	}
	return changes
}

func wrongKeys(all []config.Keys) []config.WrongKey {
	var wrong []config.WrongKey
	_, mistakes := keys.Rebind(changes(all))
	for _, m := range mistakes {
		wrong = append(wrong, config.WrongKey(m))
	}
	return wrong
}
