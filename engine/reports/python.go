package reports

import (
	"strings"

	"github.com/gantry-cd/gantry/engine/pattern"
)

var (
	// uncollected is the headline above why pytest could not read a file.
	uncollected = pattern.New(`^_+ ERROR collecting .* _+$`)
	// quotedFile begins the source with a mistake in it, as pytest shows it: the lines below are the source, then comes the
	// mistake's name.
	quotedFile = pattern.New(`^E +File ".*", line \d+$`)
	// placed begins a traceback, or an import whose reason comes below.
	placed   = pattern.New(`^\S+:\d+: in |^ImportError while `)
	misspelt = pattern.New(`^E +(?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*(?:Error|Exception|Warning): `)
)

// python follows tracebacks, and what pytest says besides.
func (f *finder) python(n int, bare string) bool {
	switch {
	case strings.HasPrefix(bare, "Traceback (most recent call last)"):
		f.traceback = true
		return true
	case f.traceback && bare != "" && bare[0] != ' ':
		f.traceback = false
		f.offer(crashed, n, bare)
		return true
	}
	return f.pytest(n, bare)
}

// pytest passes over the source that is quoted above a syntax error, and takes up a reason that has no form.
func (f *finder) pytest(n int, bare string) bool {
	said, collects := strings.HasPrefix(bare, "E "), f.collects
	f.collects = strings.HasPrefix(bare, "____") && uncollected.MatchString(bare)
	switch {
	case said && quotedFile.MatchString(bare):
		f.source = true
		return true
	case f.source && said && !misspelt.MatchString(bare):
		return true
	case collects && !said && bare != "" && bare[0] != ' ' && !placed.MatchString(bare):
		f.offer(failed, n, bare)
		return true
	}
	f.source = false
	return false
}
