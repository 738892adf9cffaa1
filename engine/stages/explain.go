package stages

import (
	"os"

	"github.com/gantry-cd/gantry/engine/reports"
)

// page is how many lines of a log are read at once.
const page = 1000

// firstError finds the line of a step's output that explains its failure, from a line of the attempt's log on. Lines are
// numbered from 1, as people count them.
func firstError(log Log, step string, from int) (line int, text string, found bool) {
	return reports.FirstError(func(yield func(int, string) bool) {
		for {
			lines, err := log.Lines(from, page)
			if err != nil || len(lines) == 0 {
				return
			}
			for i, l := range lines {
				if l.Step == step && !yield(from+i+1, l.Text) {
					return
				}
			}
			from += len(lines)
		}
	})
}

// expand replaces $NAME in a report's file name by what the step itself sees.
func expand(text string, env []string) string {
	return os.Expand(text, func(name string) string {
		for _, pair := range env {
			if len(pair) > len(name) && pair[len(name)] == '=' && pair[:len(name)] == name {
				return pair[len(name)+1:]
			}
		}
		return ""
	})
}
