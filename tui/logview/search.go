package logview

import (
	"fmt"
	"slices"
	"strings"
)

// search is a search through the whole log, which goes on as the log grows.
type search struct {
	query   string // in lower case; "" none
	shown   string // as it was typed
	hits    []int  // lines, in order
	scanned int    // lines searched so far
	at      int    // the hit that the cursor is on; below 0 none
	seek    int    // 1 or -1: go to the next or previous hit as soon as one is known
}

// Find searches for a text, whatever its case, and goes to the first hit from the top of the screen on.
func (v *View) Find(query string) {
	v.search = search{query: strings.ToLower(query), shown: query, at: -1}
	v.drawn = nil
	if query == "" || !v.open {
		return
	}
	v.stale = true
	v.search.at, v.search.seek = v.top-1, 1
}

// Searching is what is searched for.
func (v *View) Searching() string { return v.search.shown }

// Next goes to the next hit, or to the previous one with -1. It goes round at the ends.
func (v *View) Next(direction int) {
	if v.search.query == "" {
		return
	}
	if v.search.at < 0 {
		v.search.at = v.top - 1
	}
	v.search.seek = direction
	v.jump()
}

// found adds the hits of a page.
func (v *View) found(p Page) {
	if p.Scan <= v.search.scanned {
		return
	}
	if len(v.search.hits) < maxHits {
		v.search.hits = append(v.search.hits, p.Hits...)
	}
	v.search.scanned = p.Scan
	v.jump()
}

// jump carries out a pending move if the hit is known by now.
func (v *View) jump() {
	hits, at, all := v.search.hits, v.search.at, v.search.scanned >= v.total
	if v.search.seek == 0 || len(hits) == 0 {
		if all {
			v.search.seek = 0
		}
		return
	}
	i, exact := slices.BinarySearch(hits, at)
	if v.search.seek > 0 {
		if exact {
			i++
		}
		if i == len(hits) {
			if !all {
				return
			}
			i = 0
		}
	} else if i--; i < 0 {
		if !all {
			return
		}
		i = len(hits) - 1
	}
	v.search.seek = 0
	v.Reveal(hits[i])
}

// Counter is where the search stands: "3/17", "3/17+" while the log has not been searched to its end.
func (v *View) Counter() string {
	if v.search.query == "" {
		return ""
	}
	more := ""
	if v.search.scanned < v.total {
		more = "+"
	}
	if len(v.search.hits) == 0 {
		if more != "" {
			return "searching"
		}
		return "no match"
	}
	i, exact := slices.BinarySearch(v.search.hits, v.search.at)
	if !exact {
		return fmt.Sprintf("%d%s matches", len(v.search.hits), more)
	}
	return fmt.Sprintf("%d/%d%s", i+1, len(v.search.hits), more)
}
