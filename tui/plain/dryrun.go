package plain

import (
	"fmt"
	"io"
	"strings"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/tui/present"
)

// labels is how wide the labels of a dry run are at least.
const labels = 23

// DryRun writes what a promotion would do, or, in the format JSON, the same as one document.
func DryRun(w io.Writer, d engine.DryRun, format string) error {
	if format == JSON {
		return writeJSON(w, d)
	}
	p := newSheet(w)
	for _, line := range present.DryRun(d) {
		indent := strings.Repeat("  ", line.Indent)
		if line.Indent > 0 {
			indent += fmt.Sprintf("%-*s ", labels, line.Label)
		}
		p.say("%s", strings.TrimRight(indent+line.Text, " "))
	}
	p.say("")
	if n := len(d.Wrong()); n > 0 {
		p.say("%d of the checks found something wrong: see above.", n)
	}
	p.say("To run this and nothing else: %s", present.PlanCommand(d))
	return p.out.Flush()
}
