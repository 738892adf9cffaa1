package wiremock

import (
	"github.com/gantry-cd/gantry/engine/stubs/jsondiff"
)

// Body is a condition on a request's body. A body of no bytes is an absent one.
type Body struct {
	Text
	JSON    any // of EqualToJSON
	Options jsondiff.Options
}

func (b Body) match(c *Call) bool {
	if b.Op == EqualToJSON {
		got, err := c.json()
		return err == nil && jsondiff.Equal(b.JSON, got, b.Options)
	}
	return b.Match(string(c.Body), len(c.Body) > 0)
}

func (b Body) String() string {
	if b.Op == EqualToJSON {
		return "equal to JSON " + clip(b.Value)
	}
	return b.Text.String()
}

// difference says in a few words how a body misses the condition.
func (b Body) difference(c *Call) string {
	if len(c.Body) == 0 {
		return "absent"
	}
	if b.Op != EqualToJSON {
		return clip(string(c.Body))
	}
	got, err := c.json()
	if err != nil {
		return "not JSON: " + clip(string(c.Body))
	}
	if found := jsondiff.Differences(b.JSON, got); len(found) > 0 {
		return found[0].Say("stub", "request")
	}
	return clip(string(c.Body))
}

// clip cuts a text to what fits in a line.
func clip(text string) string {
	if runes := []rune(text); len(runes) > 200 {
		return string(runes[:199]) + "…"
	}
	return text
}
