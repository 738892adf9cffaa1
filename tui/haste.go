package tui

import "time"

const (
	// apart is what lies at least between two keys that a person means. What comes sooner is a key that bounced, two that a
	// line has held up, or no person at all.
	apart = 40 * time.Millisecond
	// flood is within how short a time so many keys, most of them different, are no person's.
	flood       = 250 * time.Millisecond
	floodKeys   = 8
	floodOthers = 5
)

// haste tells keys that somebody presses from bytes that pour in: a file that was thrown at the terminal, a paste without
// its marks, noise on the line. They may move what is shown; they start nothing, and end nothing.
type haste struct {
	recent  [floodKeys]pressed // the newest ones, in turn
	n       int
	last    time.Time
	soon    bool        // the newest key came too soon after the one before
	flooded bool        // until the input has been quiet for a while
	pours   func() bool // whether more is read at once than anybody types, however slow this program is; nil: nobody can tell
}

type pressed struct {
	key string
	at  time.Time
}

// press takes one key into account.
func (h *haste) press(key string, now time.Time) {
	gap := now.Sub(h.last)
	h.soon = h.n > 0 && gap < apart
	if gap >= quietBefore {
		h.flooded = false
	}
	h.last = now
	h.recent[h.n%floodKeys] = pressed{key, now}
	h.n++
	h.flooded = h.flooded || h.floods(now) || h.pours != nil && h.pours()
}

func (h *haste) floods(now time.Time) bool {
	if h.n < floodKeys {
		return false
	}
	different := 0
	for i, p := range h.recent {
		if now.Sub(p.at) > flood {
			return false
		}
		known := false
		for _, other := range h.recent[:i] {
			known = known || other.key == p.key
		}
		if !known {
			different++
		}
	}
	return different >= floodOthers
}

// meant tells whether the newest key may start or end something.
func (h *haste) meant() bool { return !h.soon && !h.flooded }
