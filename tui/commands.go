package tui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/logview"
	"github.com/gantry-cd/gantry/tui/present"
)

// commands is the console's work that may wait. Each method gives a tea.Cmd and does nothing itself.
type commands struct {
	ctx    context.Context
	engine engine.Engine
	actor  string
	after  func(time.Duration, tea.Msg) tea.Cmd
	ring   func(sequence string) // writes to the terminal what draws nothing; nil: there is none
	// noShell: the console was not started by a shell, so that nobody could bring it back once it has stopped itself.
	noShell bool
	env     []string
	exec    func(tea.ExecCommand, tea.ExecCallback) tea.Cmd // steps aside for another program
	files   files
	shell   Shell
}

// call calls whoever is in front of the terminal.
func (c commands) call(sequence string) tea.Cmd {
	return func() tea.Msg {
		c.ring(sequence)
		return nil
	}
}

// aside does a command of the command line while the console steps aside.
func (c commands) aside(words []string) tea.Cmd {
	return func() tea.Msg {
		cmd, err := c.shell.Command(words)
		if err != nil {
			return doneMsg{err: err}
		}
		line := "gantry " + strings.Join(words, " ")
		return c.exec(&aside{cmd: cmd, stays: func(err error) string {
			if err != nil {
				return fmt.Sprintf("\n%s: %v. Any key goes back to the console. ", line, err)
			}
			return fmt.Sprintf("\n%s has ended. Any key goes back to the console. ", line)
		}}, func(error) tea.Msg { return nil })() // what came of it has been read
	}
}

func after(d time.Duration, msg tea.Msg) tea.Cmd {
	return tea.Tick(d, func(time.Time) tea.Msg { return msg })
}

func (c commands) start(r engine.StartRequest) tea.Cmd {
	r.Actor, r.Trigger = c.actor, "operator"
	return func() tea.Msg {
		id, err := c.engine.Start(c.ctx, r)
		return startedMsg{service: r.Service, run: id, what: "Started", err: err}
	}
}

func (c commands) dryRun(asked int, r engine.StartRequest) tea.Cmd {
	r.Actor, r.Trigger = c.actor, "operator"
	return func() tea.Msg {
		d, err := c.engine.DryRun(c.ctx, r)
		return pageMsg{asked: asked, dryRun: &d, err: err}
	}
}

func (c commands) dryRerun(asked int, r engine.RerunRequest) tea.Cmd {
	r.Actor = c.actor
	return func() tea.Msg {
		d, err := c.engine.DryRerun(c.ctx, r)
		return pageMsg{asked: asked, dryRun: &d, err: err}
	}
}

func (c commands) audit(asked int) tea.Cmd {
	return func() tea.Msg {
		entries, err := c.engine.Audit(c.ctx)
		return pageMsg{asked: asked, audit: entries, err: err}
	}
}

func (c commands) numbers(asked int, since time.Duration) tea.Cmd {
	return func() tea.Msg {
		n, err := c.engine.Numbers(c.ctx, since)
		if err != nil {
			return pageMsg{asked: asked, err: err}
		}
		runs, err := c.engine.Runs("")
		return pageMsg{asked: asked, numbers: &n, runs: runs, err: err}
	}
}

func (c commands) command(command promotion.Command, said string) tea.Cmd {
	command.Actor = c.actor
	return func() tea.Msg {
		return doneMsg{said: said, err: c.engine.Command(c.ctx, command)}
	}
}

func (c commands) preview(r engine.RollbackRequest) tea.Cmd {
	return func() tea.Msg {
		p, err := c.engine.PreviewRollback(c.ctx, r)
		return previewMsg{request: r, preview: p, err: err}
	}
}

// policy looks at what the run's policy would roll back, with the dates, the people and the repositories.
func (c commands) policy(f present.Facts, show func([]engine.RollbackPreview)) tea.Cmd {
	return func() tea.Msg {
		var all []engine.RollbackPreview
		for _, revert := range f.Reverts {
			p, err := c.engine.PreviewRollback(c.ctx, engine.RollbackRequest{Service: f.Service, Team: f.Team, Environment: revert.Environment, Run: f.Run})
			if err != nil {
				return policyMsg{err: err}
			}
			all = append(all, p)
		}
		return policyMsg{previews: all, show: show}
	}
}

func (c commands) rollBack(r engine.RollbackRequest) tea.Cmd {
	r.Actor = c.actor
	return func() tea.Msg {
		id, err := c.engine.RollBack(c.ctx, r)
		return startedMsg{service: r.Service, run: id, what: "Rolling back " + r.Environment + " as", err: err}
	}
}

func (c commands) rerun(service string, r engine.RerunRequest) tea.Cmd {
	r.Actor = c.actor
	return func() tea.Msg {
		id, err := c.engine.Rerun(c.ctx, r)
		return startedMsg{service: service, run: id, what: fmt.Sprintf("Run %d goes once more as", r.Run), err: err}
	}
}

func (c commands) reprovision(service string, r engine.ReprovisionRequest) tea.Cmd {
	r.Actor = c.actor
	return func() tea.Msg {
		id, err := c.engine.Reprovision(c.ctx, r)
		return startedMsg{service: service, run: id, what: fmt.Sprintf("The release of run %d is put aside by", r.Run), err: err}
	}
}

func (c commands) rule(r engine.SlotRequest, said string) tea.Cmd {
	r.Actor = c.actor
	return func() tea.Msg {
		_, err := c.engine.CommandSlot(c.ctx, r)
		return doneMsg{said: said, err: err}
	}
}

// visit fetches a run that no snapshot holds.
func (c commands) visit(id promotion.RunID, do func() tea.Cmd) tea.Cmd {
	return func() tea.Msg {
		run, err := c.engine.Run(id)
		return visitMsg{run: run, do: do, err: err}
	}
}

func (c commands) runs(asked int, service string) tea.Cmd {
	return func() tea.Msg {
		runs, err := c.engine.Runs(service)
		return runsMsg{asked: asked, runs: runs, err: err}
	}
}

// film fetches the events of a run and of the rollbacks that it called for.
func (c commands) film(id promotion.RunID, speed int) tea.Cmd {
	return func() tea.Msg {
		events, err := c.events(id)
		if err == nil && len(events) == 0 {
			err = fmt.Errorf("there is no run %d", id)
		}
		return filmMsg{run: id, events: events, speed: speed, err: err}
	}
}

func (c commands) timeline(id promotion.RunID) tea.Cmd {
	return func() tea.Msg {
		events, err := c.events(id)
		return timelineMsg{run: id, events: events, err: err}
	}
}

func (c commands) events(id promotion.RunID) ([]promotion.Event, error) {
	all, err := c.engine.Events(id)
	if err != nil {
		return nil, fmt.Errorf("reading the events of run %d: %w", id, err)
	}
	for _, e := range all[:len(all):len(all)] {
		if e.Type != promotion.RollbackStarted || e.Linked == 0 {
			continue
		}
		linked, err := c.engine.Events(e.Linked)
		if err != nil {
			return nil, fmt.Errorf("reading the events of run %d: %w", e.Linked, err)
		}
		all = append(all, linked...)
	}
	return all, nil
}

// compare fetches two runs, the older one first, and those of the same service between them.
func (c commands) compare(asked int, a, b promotion.RunID) tea.Cmd {
	a, b = min(a, b), max(a, b)
	return func() tea.Msg {
		var found compared
		var err error
		if found.a, err = c.engine.Run(a); err == nil {
			found.b, err = c.engine.Run(b)
		}
		if err != nil {
			return pageMsg{asked: asked, err: err}
		}
		runs, err := c.engine.Runs(found.b.Plan.Service)
		for _, run := range runs {
			if run.ID > a && run.ID < b && run.Plan.Kind == promotion.Promotion {
				found.between = append(found.between, run)
			}
		}
		return pageMsg{asked: asked, compare: &found, err: err}
	}
}

func (c commands) openLog(key engine.AttemptKey) tea.Cmd {
	return func() tea.Msg {
		log, err := c.engine.Log(key.Run, key.Stage, key.Attempt)
		return logOpened{key: key, log: log, err: err}
	}
}

func (c commands) closeLog(log engine.Log) tea.Cmd {
	if log == nil {
		return nil
	}
	return func() tea.Msg {
		_ = log.Close() // it was only read
		return nil
	}
}

// readLog reads lines of a log; of a replay's those that had been written until a moment, which is zero otherwise.
func (c commands) readLog(log engine.Log, until time.Time, r logview.Request) tea.Cmd {
	return func() tea.Msg {
		if until.IsZero() {
			return logPage{logview.Read(log, r)}
		}
		n, err := log.Until(until)
		if err != nil {
			return logPage{logview.Unread(r, err)}
		}
		return logPage{logview.Read(begun{log, n}, r)}
	}
}

func (c commands) around(key engine.AttemptKey, from, n int) tea.Cmd {
	return func() tea.Msg {
		log, err := c.engine.Log(key.Run, key.Stage, key.Attempt)
		if err != nil {
			return nil // the cause is still shown, without its surroundings
		}
		defer func() { _ = log.Close() }()
		lines, _ := log.Lines(from, n)
		return aroundMsg{key: key, from: from, lines: lines}
	}
}

// evidence asks for the evidence of a run; several runs are asked in turn, since that of a failed promotion is
// captured by its rollbacks.
func (c commands) evidence(run promotion.RunID, asked []promotion.RunID) tea.Cmd {
	return func() tea.Msg {
		for _, id := range asked {
			if e, err := c.engine.Evidence(id); err == nil && e != nil {
				return evidenceMsg{run: run, evidence: e}
			}
		}
		return evidenceMsg{run: run}
	}
}

// changes asks what sets a run's release apart from the last good one. What cannot be found out is part of the answer.
func (c commands) changes(run promotion.RunID) tea.Cmd {
	return func() tea.Msg {
		found, err := c.engine.Changes(c.ctx, run)
		if err != nil {
			return nil
		}
		return changesMsg{found}
	}
}

// sentence is an error as the footer says it.
func sentence(err error) string {
	var refusal *promotion.Refusal
	if errors.As(err, &refusal) {
		if refusal.Instead != "" {
			return fmt.Sprintf("Refused: %s; %s", refusal.Why, refusal.Instead)
		}
		return "Refused: " + refusal.Why
	}
	return err.Error()
}
