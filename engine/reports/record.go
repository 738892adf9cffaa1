package reports

import (
	"slices"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// What is recorded of a scan, which goes into the journal.
const (
	maxListed = 50
	maxPrints = 1000
	printSize = 12 // digits of a fingerprint: enough for the findings of one service
)

// Record is what a run remembers of the findings: the worst in words, all by their fingerprints.
func (s Summary) Record() *promotion.Findings {
	r := &promotion.Findings{Total: len(s.Findings)}
	for _, f := range s.Findings[:min(len(s.Findings), maxPrints)] {
		r.Prints = append(r.Prints, f.Fingerprint()[:printSize])
	}
	worst := slices.Clone(s.Findings)
	slices.SortStableFunc(worst, func(a, b Finding) int { return a.Level.rank() - b.Level.rank() })
	for _, f := range worst[:min(len(worst), maxListed)] {
		r.Listed = append(r.Listed, promotion.Finding{Print: f.Fingerprint()[:printSize], Level: string(f.Level), Text: shorten(f.String())})
	}
	return r
}

// rank puts the worst first.
func (l Level) rank() int {
	return slices.Index([]Level{LevelError, LevelWarning, LevelNote, LevelNone}, l)
}
