package present

import (
	"fmt"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/tui/text"
	"github.com/gantry-cd/gantry/tui/theme"
)

// ChangeRow is one line about what sets a release apart from the last good one.
type ChangeRow struct {
	Label string // the first row of each kind says which: "commits"
	Text  string
	Note  string // who and when
	Role  theme.Role
}

// ChangedSince says what a release is compared with, or that there is nothing; "" when nobody asked.
func ChangedSince(c engine.Changes) string {
	if c.Since == nil {
		return text.Clean(c.Without)
	}
	what := text.Clean(c.Since.Release.Name())
	switch {
	case c.Environment == "":
		return fmt.Sprintf("%s, the last that succeeded (run %d)", what, c.Since.Run)
	case c.Unproven:
		return fmt.Sprintf("%s, live in %s but never good there (run %d)", what, Title(c.Environment), c.Since.Run)
	}
	return fmt.Sprintf("%s, last good in %s (run %d)", what, Title(c.Environment), c.Since.Run)
}

// ChangeRows are the lines about what sets a release apart: at most n for each kind of change.
func ChangeRows(c engine.Changes, now time.Time, n int) []ChangeRow {
	if c.Since == nil {
		return nil
	}
	b := changeRows{n: n}
	if c.First != "" {
		b.row("first", "nothing was ever good in "+Title(c.First)+" before this release", "")
	}
	for _, commit := range c.Commits {
		author, _, _ := strings.Cut(commit.Author, " <")
		b.row("commits", fmt.Sprintf("%.7s %s", commit.Hash, text.Clean(commit.Subject)), text.Clean(author)+", "+Age(now, commit.At))
	}
	b.more(c.MoreCommits)
	if c.LostCommits > 0 {
		b.row("lost", fmt.Sprintf("%s of the last good release is not in this one: it was reverted, or this is another branch", text.Many(c.LostCommits, "commit")), "")
	}
	if files := len(c.Files) + c.MoreFiles; files > 0 {
		b.row("files", fmt.Sprintf("%s: %s", text.Many(files, "file"), shortened(c.Files, files, n)), "")
	}
	if files := len(c.Uncommitted) + c.MoreUncommitted; files > 0 {
		b.row("edited", fmt.Sprintf("%s, not committed: %s", text.Many(files, "file"), shortened(c.Uncommitted, files, n)), "")
	}
	if l := c.Layers; l != nil {
		b.row("image", layers(*l), "")
	}
	for _, s := range c.Settings {
		b.row("config", text.Clean(s.Key)+": "+turned(s.From, s.To), "")
	}
	b.more(0)
	for _, d := range c.Dependencies {
		b.row("versions", text.Clean(d.Name)+" "+turned(d.From, d.To), "")
	}
	b.more(0)
	if same := len(b.rows) == 0 || len(b.rows) == 1 && c.First != ""; same && len(c.Unknown) == 0 {
		b.row("nothing", "the same commit, image, configuration and dependencies", "")
	}
	for _, s := range c.Unknown {
		b.row("unknown", text.Clean(s), "")
		b.rows[len(b.rows)-1].Role = theme.Wait
	}
	return b.rows
}

// changeRows collects rows.
type changeRows struct {
	n     int
	rows  []ChangeRow
	label string // of the newest row
	of    int    // rows with it
	left  int    // rows of it that found no room
}

func (b *changeRows) row(label, what, note string) {
	if label != b.label {
		b.label, b.of, b.left = label, 0, 0
	}
	if b.of++; b.of > b.n {
		b.left++
		return
	}
	if b.of > 1 {
		label = ""
	}
	b.rows = append(b.rows, ChangeRow{Label: label, Text: what, Note: note, Role: theme.Text})
}

// more says how many rows there are besides those that were shown.
func (b *changeRows) more(besides int) {
	if besides += b.left; besides > 0 {
		b.rows = append(b.rows, ChangeRow{Text: fmt.Sprintf("and %d more", besides), Role: theme.Muted})
	}
	b.left = 0
}

// shortened lists the first n of all files.
func shortened(files []string, all, n int) string {
	shown := files[:min(n, len(files))]
	list := text.Clean(strings.Join(shown, ", "))
	if left := all - len(shown); left > 0 {
		list += fmt.Sprintf(" and %d more", left)
	}
	return list
}

func turned(from, to string) string {
	const arrow = " → "
	switch {
	case from == "":
		return text.Clean(to) + " is new"
	case to == "":
		return text.Clean(from) + " is gone"
	}
	return text.Clean(from) + arrow + text.Clean(to)
}

func layers(l engine.LayerChange) string {
	s := fmt.Sprintf("%d of %s new (%s)", l.Added, text.Many(l.Kept+l.Added, "layer"), text.Size(l.AddedBytes))
	if l.Removed > 0 {
		s += fmt.Sprintf(", %d of the old ones gone", l.Removed)
	}
	if l.Settings {
		s += "; its own settings differ"
	}
	return s
}
