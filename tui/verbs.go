package tui

import (
	"cmp"
	"fmt"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/dialog"
	"github.com/gantry-cd/gantry/tui/keys"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/theme"
)

// How much longer a run stays on hold, and a release aside, at the press of a key.
const (
	more      = 10 * time.Minute
	moreAside = time.Hour
)

// drive does what a key asks of a run or an environment. drives is false for a key that asks nothing of them.
func (m *model) drive(a keys.Action, f present.Facts) (cmd tea.Cmd, drives bool) {
	switch a {
	case keys.Pause:
		return m.pause(f), true
	case keys.Step:
		return m.ask(f, promotion.Command{Verb: promotion.VerbStep}, fmt.Sprintf("One more stage of %s may start", f.Doing())), true
	case keys.Extend:
		return m.extend(f, 0), true
	case keys.Retry:
		m.explain(f, promotion.Command{Verb: promotion.VerbRetry, Stage: f.Stage}, fmt.Sprintf("Retry %s?", f.Stage), "Retry", fmt.Sprintf("Retrying %s", f.Stage))
	case keys.RetryFrom:
		m.explain(f, promotion.Command{Verb: promotion.VerbRetryFrom, Stage: f.Chosen}, fmt.Sprintf("Retry from %s?", f.Chosen), "Retry from here", fmt.Sprintf("Going back to %s", f.Chosen))
	case keys.Rerun:
		m.askRerun(f)
	case keys.Reprovision:
		m.askReprovision(f)
	case keys.Abort:
		m.askAbort(f)
	case keys.AbortBack:
		return m.askAbortBack(f), true
	case keys.Approve:
		m.askApprove(f)
	case keys.Reject:
		m.askReject(f)
	case keys.Override:
		m.askOverride(f)
	case keys.Hold:
		m.askHold(f)
	case keys.Veto:
		m.askVeto(f)
	default:
		return nil, false
	}
	return nil, true
}

// extend gives a run on hold, or what is put aside, more time; 0 is as much as the key gives.
func (m *model) extend(f present.Facts, by time.Duration) tea.Cmd {
	until, stays := f.HeldUntil.Add(cmp.Or(by, more)), "stays on hold"
	if f.Reprovision {
		until, stays = f.Expires.Add(cmp.Or(by, moreAside)), "stays aside"
	}
	return m.ask(f, promotion.Command{Verb: promotion.VerbExtend, Until: &until}, fmt.Sprintf("%s %s until %s", f.Doing(), stays, until.Local().Format("15:04:05")))
}

// pause pauses a run, or resumes it; of a run on hold it stops the countdown.
func (m *model) pause(f present.Facts) tea.Cmd {
	switch {
	case f.CountsDown():
		return m.ask(f, promotion.Command{Verb: promotion.VerbPause}, "The countdown is stopped: "+f.Doing()+" waits for a person")
	case f.Paused:
		m.explain(f, promotion.Command{Verb: promotion.VerbResume}, "Resume "+f.Doing()+"?", "Resume", "Resumed "+f.Doing())
		return nil
	}
	return m.ask(f, promotion.Command{Verb: promotion.VerbPause}, "Paused "+f.Doing())
}

// ask sends an operator's command about the run on the screen.
func (m *model) ask(f present.Facts, c promotion.Command, said string) tea.Cmd {
	c.ID, c.Run = m.commandID(), f.Run
	return m.work.command(c, said)
}

// commandID names a command, so that it is applied once however often it arrives.
func (m *model) commandID() string {
	m.sent++
	return fmt.Sprintf("console-%d-%d", m.now.UnixNano(), m.sent)
}

// explain asks before a verb that users take for another one, in one line on what it does.
func (m *model) explain(f present.Facts, c promotion.Command, title, button, said string) {
	action := map[promotion.Verb]keys.Action{
		promotion.VerbRetry: keys.Retry, promotion.VerbRetryFrom: keys.RetryFrom, promotion.VerbResume: keys.Pause,
	}[c.Verb]
	d := dialog.Dialog{
		Title: title, Confirm: button, Again: m.keys.Of(action).Again(),
		Rows: []dialog.Row{{Text: present.Explain(c.Verb), Role: theme.Text}, {}, {Label: "release", Text: f.Release, Role: theme.Strong}},
	}
	if f.Stage != "" {
		d.Rows = append(d.Rows, dialog.Row{Label: "stands at", Text: string(f.Stage) + spaced(", ", f.Bad), Role: theme.Strong})
	}
	m.openDialog(d, func(dialog.Dialog) tea.Cmd { return m.ask(f, c, said) })
}
