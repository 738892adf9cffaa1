package plain

import (
	"slices"

	"github.com/gantry-cd/gantry/engine"
)

// notices remembers which of the engine's notices were told.
type notices struct{ last engine.Notice }

// fresh is the notices of a snapshot that have not been told yet, oldest first.
func (n *notices) fresh(s engine.Snapshot) []engine.Notice {
	if len(s.Notices) == 0 {
		return nil
	}
	from := 0
	for i, notice := range slices.Backward(s.Notices) {
		if notice == n.last {
			from = i + 1
			break
		}
	}
	n.last = s.Notices[len(s.Notices)-1]
	return s.Notices[from:]
}

// tell prints what the engine has to say besides its runs.
func (n *notices) tell(p printer, s engine.Snapshot) error {
	for _, notice := range n.fresh(s) {
		if err := p.notice(notice); err != nil {
			return err
		}
	}
	return nil
}
