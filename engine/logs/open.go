package logs

import (
	"bytes"
	"unicode/utf8"
)

const (
	longestOpen = 64 << 10 // a line that has come this far without an end is no prompt and no progress
	shownOpen   = 1 << 10  // bytes of it that are told
)

// Open is what the newest line shows that has no end yet, as a terminal would: a progress bar, or a question that nobody
// answers. It is without secrets, and without what may become one. "" where every line is complete.
func (w *Writer) Open() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var newest *stepWriter
	for s := range w.steps {
		if len(s.partial) > 0 && (newest == nil || s.now.After(newest.now)) {
			newest = s
		}
	}
	if w.closed || newest == nil || len(newest.partial) > longestOpen {
		return ""
	}
	text := newest.partial
	shown := bytes.TrimRight(w.redact.clean(text[:len(text)-w.redact.pending(text)]), "\r")
	shown = shown[bytes.LastIndexByte(shown, '\r')+1:]
	if over := len(shown) - shownOpen; over > 0 {
		for shown = shown[over:]; len(shown) > 0 && !utf8.RuneStart(shown[0]); {
			shown = shown[1:]
		}
	}
	return string(shown)
}

// pending is how many bytes at the end of a text may be the beginning of a secret.
func (r *redactor) pending(text []byte) int {
	for n := min(len(text), r.longest-1); n > 0; n-- {
		end := string(text[len(text)-n:])
		for _, form := range r.forms[end[0]] {
			if len(form) > n && form[:n] == end {
				return n
			}
		}
	}
	return 0
}
