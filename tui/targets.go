package tui

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/board"
	"github.com/gantry-cd/gantry/tui/keys"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/theme"
)

// target is what an order is about.
type target struct {
	entry       present.Entry
	column      string
	stage       promotion.StageID
	environment string            // as typed; "" when it was left out
	text        string            // as typed: a text, or a number of days
	commit      string            // as typed
	release     string            // as typed
	way         string            // as typed, of a drill
	time        time.Duration     // as typed
	far         promotion.RunID   // a run that no snapshot holds, and that has to be fetched first; 0 none
	runs        []promotion.RunID // as typed
	facts       present.Facts
}

// target finds what the words of an order mean; why says what is wrong with them.
func (m *model) target(o order, words []string) (t target, why string) {
	if n := len(o.takes); n > 0 && o.takes[n-1] == someText && len(words) > n {
		words = append(slices.Clone(words[:n-1]), strings.Join(words[n-1:], " "))
	}
	if len(words) > len(o.takes) {
		return t, strings.TrimSpace(fmt.Sprintf("%q is too much: %s %s", words[len(o.takes)], o.name, o.usage()))
	}
	if len(words) < o.needs {
		return t, fmt.Sprintf("%s %s: which %s?", o.name, o.usage(), strings.ToLower(placeNames[o.takes[len(words)]]))
	}
	t.entry = m.entry
	for i, word := range words {
		if why = m.takeWord(&t, o.takes[i], word); why != "" || t.far != 0 && !o.fetches {
			return t, why
		}
	}
	if t.column == "" && t.entry == m.entry {
		t.column, t.stage = m.cursor.Column, m.cursor.Stage
	} else if t.column == "" {
		t.stage = m.world.At(t.entry.Run)
		t.column = t.stage.Column()
	}
	t.facts = m.world.Facts(t.entry, t.column, t.stage, m.work.actor, m.now)
	return t, ""
}

// takeWord takes one word into account.
func (m *model) takeWord(t *target, p place, word string) (why string) {
	switch p {
	case aRun:
		id, err := strconv.ParseInt(word, 10, 64)
		if err != nil || id <= 0 {
			return fmt.Sprintf("%q is no number of a run", word)
		}
		if t.runs = append(t.runs, promotion.RunID(id)); len(t.runs) > 1 {
			return ""
		}
		entry, found := m.world.EntryOf(t.runs[0])
		if !found {
			t.far = t.runs[0]
		}
		t.entry = entry
	case aService:
		if !m.world.Knows(word) {
			return fmt.Sprintf("there is no service %q", word)
		}
		t.entry = present.Entry{Service: word}
	case anEnvironment:
		if !slices.ContainsFunc(m.world.Snapshot.Environments, func(e engine.EnvironmentInfo) bool { return e.Name == word }) {
			return fmt.Sprintf("there is no environment %q", word)
		}
		t.environment, t.column = word, word
	case aStage:
		if !slices.ContainsFunc(m.world.StageChoices(m.runOf(t.entry), m.now), func(c present.Choice) bool { return c.Text == word }) {
			return fmt.Sprintf("run %d has no stage %q", m.runOf(t.entry), word)
		}
		t.stage = promotion.StageID(word)
		t.column = t.stage.Column()
	case aCommit:
		t.commit = word
	case aRelease:
		t.release = word
	case aWay:
		t.way = word
	case aDuration:
		d, err := time.ParseDuration(word)
		if err != nil || d <= 0 {
			return fmt.Sprintf("%q is no time: write it like 10m or 1h30m", word)
		}
		t.time = d
	default:
		t.text = word
	}
	return ""
}

// runOf is the run of an entry; of a service as a whole its newest.
func (m *model) runOf(e present.Entry) promotion.RunID {
	if e.Run != 0 {
		return e.Run
	}
	return m.world.Newest(e.Service).Run
}

// notNow says why an order would do nothing; "" when it would.
func (m *model) notNow(o order, t target) string {
	if m.screen&keys.Replays != 0 && !o.looks {
		return "this is a replay, and changes nothing: leave it with " + m.keys.Of(keys.Back).Key()
	}
	if o.action != "" {
		if why := m.keys.Of(o.action).Disabled(t.facts); why != "" {
			return why
		}
	}
	if o.whyNot == nil {
		return ""
	}
	return o.whyNot(t)
}

// turn shows what an order is about, so that nobody commands what they do not see.
func (m *model) turn(t target) {
	entry := t.entry
	if entry.Run == 0 {
		entry = m.world.Newest(entry.Service)
	}
	if entry != m.entry || m.screen&keys.OfRun == 0 {
		m.screen = keys.Board
		m.show(entry)
	}
	if t.column != m.cursor.Column || t.stage != m.cursor.Stage {
		stage := t.stage
		if stage == "" {
			for _, c := range m.present().Columns {
				if c.Name == t.column && len(c.Cards) > 0 {
					stage = c.Cards[0].ID
				}
			}
		}
		m.cursorTo(board.Cursor{Column: t.column, Stage: stage})
	}
}

// visited takes a run that had to be fetched, and goes on with what was to be done with it.
func (m *model) visited(msg visitMsg) tea.Cmd {
	if msg.err != nil {
		return m.say(theme.Bad, sentence(msg.err))
	}
	m.guest = msg.run
	m.world = m.world.With(msg.run)
	return msg.do()
}
