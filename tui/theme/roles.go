// Package theme gives every meaning on the screen its colour and its glyph. No other package names either.
package theme

// Role is what a piece of text means; a theme gives it a colour.
type Role int

// The roles.
const (
	Text    Role = iota // what is read
	Strong              // what is read first
	Muted               // what is read last
	Faint               // lines and hints that only give structure
	Title               // the name of a box
	Accent              // where the cursor is
	Good                // succeeded
	Done                // the edge of what is over and good: calmer than Good
	Busy                // running
	Wait                // waits, held, paused
	Bad                 // failed
	Unsure              // errored, stalled, interrupted: no verdict
	Drill               // a rehearsal
	Key                 // a key to press
	Match               // a hit of a search
	Danger              // the button that changes something
	Button              // a button without the focus
	Focused             // the button with the focus
	Brand               // the name of the program
	Tab                 // the chosen tab
	roles
)

var roleNames = [roles]string{
	Text: "text", Strong: "strong", Muted: "muted", Faint: "faint", Title: "title", Accent: "accent", Good: "good", Done: "done", Busy: "busy", Wait: "wait",
	Bad: "bad", Unsure: "unsure", Drill: "drill", Key: "key", Match: "match", Danger: "danger", Button: "button", Focused: "focused", Brand: "brand", Tab: "tab",
}

// String is the role's name.
func (r Role) String() string { return roleNames[r] }

// Roles are all roles.
func Roles() []Role {
	all := make([]Role, roles)
	for i := range all {
		all[i] = Role(i)
	}
	return all
}

// Sign is a state or a mark with a glyph of its own.
type Sign int

// The signs.
const (
	None Sign = iota
	Waiting
	Running
	Succeeded
	Failed
	Errored
	Stalled
	Interrupted
	Skipped
	Paused
	Held
	RollingBack
	RolledBack
	Protected
	Shut       // a gate
	Overridden // waved through by a person
	Pointer
	BarFull
	BarEmpty
	Arrow
	More
	Less
	Dot
	Cursor
	Note
	Gap     // a time in which nothing went on
	Slow    // slower than usual
	Drifted // not as recorded
	Here    // somebody looks on
	signs
)
