package promotion

import (
	"fmt"
	"strings"
	"time"
)

// approval decides whether a person's word lets the release into an environment, or ends the run.
func (d *decision) approval() error {
	c := d.command
	column, found := d.run.Column(c.Environment)
	switch {
	case !found || column.Column.Approval == nil:
		return d.refuse("", "%q asks for no approval of run %d", c.Environment, d.run.ID)
	case column.Entered:
		return d.refuse("pause or abort the run", "run %d is in %s already", d.run.ID, c.Environment)
	case d.run.RollingBack():
		return d.refuse("", "run %d is being rolled back", d.run.ID)
	}
	if c.Verb == VerbReject {
		return d.reject(column)
	}
	return d.approve(column)
}

func (d *decision) approve(column ColumnState) error {
	c, approval, image := d.command, column.Column.Approval, d.run.Release.Image
	if before, passed := d.passedBefore(column.Name); !passed {
		return d.refuse(fmt.Sprintf("wait until it has passed %s", before), "run %d has not passed %s yet", d.run.ID, before)
	}
	switch given := column.Approved; {
	case c.Digest == "":
		return d.refuse("", "an approval names the image that it approves")
	case c.Digest != image:
		return d.refuse(fmt.Sprintf("look again: run %d carries %s", d.run.ID, image.Short()), "%q is not what run %d brings to %s", c.Digest, d.run.ID, column.Name)
	case given.counts(d.now):
		return d.refuse("", "%s has approved it already", given.By)
	case c.Actor == "":
		return d.refuse("", "an approval is somebody's: nobody was named")
	case approval.FourEyes && d.run.IsOf(c.Actor):
		return d.refuse("ask somebody else to approve it", "%s wrote or started it, and %s wants four eyes", c.Actor, column.Name)
	}
	approved := Event{Type: ReleaseApproved, Environment: column.Name, Digest: image, Reason: c.Reason}
	if approval.Expires > 0 {
		until := d.now.Add(time.Duration(approval.Expires))
		approved.Until = &until
	}
	d.emit(approved)
	return nil
}

// reject ends the run: nothing after it starts.
func (d *decision) reject(column ColumnState) error {
	if before, passed := d.passedBefore(column.Name); !passed {
		return d.refuse("abort the run instead", "run %d has not passed %s yet", d.run.ID, before)
	}
	if d.command.Reason == "" {
		return d.refuse("say why with --reason", "whoever wrote it will want to know why it is rejected")
	}
	d.emit(Event{Type: ReleaseRejected, Environment: column.Name, Digest: d.run.Release.Image, Reason: d.command.Reason})
	d.emit(Event{Type: RunFinished, Outcome: Rejected, Reason: fmt.Sprintf("%s rejected it for %s: %s", d.command.Actor, column.Name, d.command.Reason)})
	return nil
}

// passedBefore tells whether the run has passed every column before the named one, or which it has not.
func (d *decision) passedBefore(name string) (string, bool) {
	for _, c := range d.run.Columns {
		if c.Name == name {
			return "", true
		}
		if !c.Passed {
			return c.Name, false
		}
	}
	return "", true
}

// counts tells whether the approval was given and has not expired.
func (a *Approved) counts(now time.Time) bool {
	return a != nil && (a.Until == nil || now.Before(*a.Until))
}

// IsOf tells whether the person wrote what the run carries, or started it.
func (r Run) IsOf(person string) bool {
	return samePerson(person, r.Release.Author) || samePerson(person, r.Actor)
}

// samePerson compares an operator's name with a commit's author or another operator, however they are written: "ada",
// "Ada", "Ada Lovelace <ada@example.org>".
func samePerson(operator, other string) bool {
	if operator == "" || other == "" {
		return false
	}
	mine := names(operator)
	for name := range names(other) {
		if mine[name] {
			return true
		}
	}
	return false
}

// names are all that a person is called by.
func names(person string) map[string]bool {
	person = strings.ToLower(strings.TrimSpace(person))
	name, address, _ := strings.Cut(strings.TrimSuffix(person, ">"), "<")
	if strings.Contains(name, "@") {
		address = name
	}
	user, _, _ := strings.Cut(address, "@")
	set := map[string]bool{person: true}
	for _, n := range []string{strings.TrimSpace(name), strings.TrimSpace(address), strings.TrimSpace(user)} {
		if n != "" {
			set[n] = true
		}
	}
	return set
}
