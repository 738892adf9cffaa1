package reports

import (
	"strings"

	"github.com/gantry-cd/gantry/engine/pattern"
)

// severity is what a logger or a tool put before a line.
type severity int

const (
	unstated severity = iota
	harmless          // [INFO], [WARNING]
	bad               // [ERROR], "npm error"
)

// framing is what stands before a line that another program printed: a builder's step, the time, a box. severe is a
// severity, of which there may be several.
var (
	framing = pattern.New(`^(?:#\d+ \d+\.\d+ |\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?\]? |[│┃║] ?)`)
	severe  = pattern.New(`^(?:\[(?:(ERROR|FATAL|SEVERE|CRITICAL|error|fatal)|(?:INFO|WARN|WARNING|DEBUG|info|warn|warning|debug))\]|(npm (?:error|ERR!))|npm (?:warn|WARN|notice)) ?`)
)

// unframe takes off what stands before the line itself.
func unframe(text string) (rest string, s severity) {
	if text == "" {
		return "", unstated
	}
	if mayBeFramed(text) {
		text = text[len(framing.FindString(text)):]
	}
	for s == unstated || s == bad {
		if text == "" || text[0] != '[' && !strings.HasPrefix(text, "npm ") {
			break
		}
		found := severe.FindStringSubmatch(text)
		if found == nil {
			break
		}
		if s = harmless; found[1]+found[2] != "" {
			s = bad
		}
		text = text[len(found[0]):]
	}
	return text, s
}

// mayBeFramed keeps most lines from a regular expression.
func mayBeFramed(text string) bool {
	dated := strings.TrimPrefix(text, "[")
	return text[0] == '#' || text[0] >= 0x80 || len(dated) > 4 && (dated[4] == '-' || dated[4] == '/')
}
