package commandline

import (
	"github.com/gantry-cd/gantry/engine/config"
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
