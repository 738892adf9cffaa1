package plain

import (
	"fmt"
	"io"
)

// Verification is what a check of the journal found. The names are stable.
type Verification struct {
	Whole  bool   `json:"whole"`
	Seq    int64  `json:"seq"`              // of the newest event; where it is not whole, of the first that does not fit
	Why    string `json:"why,omitempty"`    // what is wrong with that one
	Anchor string `json:"anchor,omitempty"` // to be kept elsewhere, for the next check
}

// Verified writes what a check of the journal found.
func Verified(w io.Writer, v Verification, format string) error {
	if format == JSON {
		return writeJSON(w, v)
	}
	if !v.Whole {
		_, err := fmt.Fprintf(w, "The journal was changed: event %d %s.\n", v.Seq, v.Why)
		return err
	}
	if v.Seq == 0 {
		_, err := fmt.Fprintln(w, "The journal is whole: it has no events yet.")
		return err
	}
	_, err := fmt.Fprintf(w, "The journal is whole: %d events fit together.\n"+
		"Keep this elsewhere; with it, a later check shows whether anything up to here was cut off or written anew:\n"+
		"gantry audit --verify --anchor %s\n", v.Seq, v.Anchor)
	return err
}
