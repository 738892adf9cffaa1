package local

import (
	"bytes"
	"encoding/json"

	"github.com/gantry-cd/gantry/engine/logs"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// clean takes the secrets out of what an attempt reports: a test's name and message, a scanner's finding and the cause of a
// failure come from its output, and the journal keeps them for ever.
func clean(log *logs.Writer, c *promotion.Command) {
	if log == nil {
		return
	}
	c.Reason = log.Clean(c.Reason)
	if c.Result != nil {
		result := cleaned(log, *c.Result)
		c.Result = &result
	}
	if c.Step != nil {
		step := cleaned(log, *c.Step)
		c.Step = &step
	}
}

// cleaned is a value that is journalled as JSON, without secrets in any of its texts.
func cleaned[T any](log *logs.Writer, value T) T {
	text, err := json.Marshal(value)
	if err != nil {
		return value // the journal refuses it for the same reason
	}
	var tree any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if decoder.Decode(&tree) != nil {
		return value
	}
	changed := false
	without, err := json.Marshal(walk(tree, func(s string) string {
		c := log.Clean(s)
		changed = changed || c != s
		return c
	}))
	if err != nil || !changed {
		return value
	}
	var other T
	if json.Unmarshal(without, &other) != nil {
		var nothing T // what cannot be told without a secret is not told
		return nothing
	}
	return other
}

// walk changes every text of a JSON value, the names of members as well.
func walk(value any, change func(string) string) any {
	switch v := value.(type) {
	case string:
		return change(v)
	case []any:
		for i := range v {
			v[i] = walk(v[i], change)
		}
	case map[string]any:
		other := make(map[string]any, len(v))
		for name, member := range v {
			other[change(name)] = walk(member, change)
		}
		return other
	}
	return value
}
