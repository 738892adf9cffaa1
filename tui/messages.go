package tui

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/logview"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/theme"
)

type (
	// snapshotMsg is the newest state, with its indexes made.
	snapshotMsg struct{ world *present.World }
	// engineGone says that no further snapshot will come, unless another engine is there again.
	engineGone struct{ sought bool }
	// silentMsg says since when the engine has not been heard of; the zero time says that it is again.
	silentMsg struct{ since time.Time }
	// tickMsg moves the clocks and the running glyphs.
	tickMsg struct{ n int }
	// quietMsg looks whether the input has been quiet for long enough.
	quietMsg struct{}
	// noticeOver ends a notice if it is still the same.
	noticeOver struct{ n int }
	// logOpened brings the log that was asked for, or why there is none.
	logOpened struct {
		key engine.AttemptKey
		log engine.Log
		err error
	}
	// logPage brings lines of a log.
	logPage struct{ page logview.Page }
	// aroundMsg brings the lines around a failure's cause.
	aroundMsg struct {
		key   engine.AttemptKey
		from  int
		lines []engine.LogLine
	}
	// evidenceMsg brings what was captured before a rollback.
	evidenceMsg struct {
		run      promotion.RunID
		evidence *engine.Evidence
	}
	// changesMsg brings what sets a run's release apart from the last good one.
	changesMsg struct{ changes engine.Changes }
	// startedMsg is the answer to the start of a run.
	startedMsg struct {
		service string
		run     promotion.RunID
		what    string
		err     error
	}
	// doneMsg is the answer to a command.
	doneMsg struct {
		said string
		err  error
	}
	// policyMsg brings what a run's policy would do, for the question that shows it.
	policyMsg struct {
		previews []engine.RollbackPreview
		show     func([]engine.RollbackPreview)
		err      error
	}
	// previewMsg brings what a rollback would do.
	previewMsg struct {
		request engine.RollbackRequest
		preview engine.RollbackPreview
		err     error
	}
	// visitMsg brings a run that no snapshot holds, and what was to be done with it.
	visitMsg struct {
		run promotion.Run
		do  func() tea.Cmd
		err error
	}
	// runsMsg brings the runs of a service for the history.
	runsMsg struct {
		asked int
		runs  []promotion.Run
		err   error
	}
	// timelineMsg brings the events of a run and of its rollbacks.
	timelineMsg struct {
		run    promotion.RunID
		events []promotion.Event
		err    error
	}
	// filmMsg brings the events of a run and of its rollbacks, and what they were asked for.
	filmMsg struct {
		run    promotion.RunID
		events []promotion.Event
		speed  int
		err    error
	}
	// pageMsg brings what a page shows: one of a dry run, an audit and numbers.
	pageMsg struct {
		asked   int
		dryRun  *engine.DryRun
		audit   []engine.AuditEntry
		numbers *engine.Numbers
		runs    []promotion.Run // that the numbers' trends are made of
		compare *compared
		err     error
	}
	// panicMsg is a panic in a command.
	panicMsg struct{ value any }
)

// notice is a sentence in the footer.
type notice struct {
	text string
	role theme.Role
}

const (
	tickEvery   = 100 * time.Millisecond
	waitEvery   = time.Second // clocks and countdowns of what waits
	noticeFor   = 6 * time.Second
	quietBefore = 400 * time.Millisecond
)
