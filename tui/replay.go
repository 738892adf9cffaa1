package tui

import (
	"fmt"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/board"
	"github.com/gantry-cd/gantry/tui/frame"
	"github.com/gantry-cd/gantry/tui/keys"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/replay"
	"github.com/gantry-cd/gantry/tui/theme"
)

// sitting is how long somebody may be expected to watch: a replay begins as fast as that asks for.
const sitting = 20 * time.Second

// ownSpeed asks for the speed that suits the film.
const ownSpeed = 0

// replaying is a run that is shown on the board once more as it went. It has a world of its own: nothing on the board is
// going on now, and no key of its screen asks anything of the engine.
type replaying struct {
	film   *present.Film
	view   replay.View
	cursor board.Cursor
	leads  bool // the cursor goes along until somebody moves it
	from   keys.Screen
	shown  present.Board
	at     shownAt
}

// shownAt is what the board was presented of last.
type shownAt struct {
	taken int
	time  int64
}

// askReplay asks for the events of the run that is meant: in the history the chosen one, else that on the board.
func (m *model) askReplay(id promotion.RunID) tea.Cmd {
	switch m.screen {
	case keys.HistoryScreen:
		run, found := m.pastRun()
		if !found {
			return nil
		}
		id = run.ID
	case keys.ReplayScreen, keys.ReplayLog:
		m.backFromPast()
		return nil
	}
	if id == 0 {
		return m.say(theme.Wait, "Not now: nothing has run yet")
	}
	return m.work.film(id, ownSpeed)
}

// roll shows a film from its beginning, unless somebody is busy with something else by now.
func (m *model) roll(msg filmMsg) tea.Cmd {
	if msg.err != nil {
		return m.say(theme.Bad, sentence(msg.err))
	}
	if m.top() != nil || m.world == nil {
		return nil
	}
	from := m.screen
	if m.replay != nil {
		from = m.replay.from
	}
	film, speed := present.NewFilm(msg.run, msg.events, m.world.Snapshot), msg.speed
	if speed == ownSpeed {
		speed = replay.SpeedFor(film.Length(), sitting)
	}
	m.replay = &replaying{film: film, view: replay.New(m.now, speed), leads: true, from: from, at: shownAt{taken: -1}}
	m.screen = keys.ReplayScreen
	return nil
}

// plays tells whether a replay moves, so that the clock has to tick.
func (m *model) plays() bool {
	return m.replay != nil && m.screen == keys.ReplayScreen && m.replay.view.Playing
}

// playOn lets a replay go on as far as time has passed. One that nobody looks at any more is over.
func (m *model) playOn() {
	if m.replay == nil {
		return
	}
	if m.screen&keys.Replays == 0 {
		m.replay = nil
		return
	}
	m.replay.view.Advance(m.now, m.replay.film.Length())
}

// stopFilm stops a replay: nobody reads what runs away.
func (m *model) stopFilm() {
	if m.replaying() {
		m.replay.view.Playing = false
	}
}

// board is the board at this place of the film.
func (r *replaying) board() present.Board {
	at := shownAt{r.film.Taken(r.view.At), r.film.Time(r.view.At).Unix()}
	if at != r.at {
		r.at, r.shown = at, r.film.Board(r.view.At)
		if r.leads {
			stage := r.film.At(r.view.At)
			r.cursor = board.Cursor{Column: stage.Column(), Stage: stage}
		}
	}
	return r.shown
}

// onScreen is the board that the screen is about: as it is, or as it was.
func (m *model) onScreen() present.Board {
	if m.replaying() {
		return m.replay.board()
	}
	return m.present()
}

func (r *replaying) banner() string {
	return fmt.Sprintf("REPLAY of run %d at %d×: not happening now, no key changes anything", r.film.Run, r.view.Speed)
}

// replaying tells whether the screen shows a replay.
func (m *model) replaying() bool { return m.screen&keys.Replays != 0 && m.replay != nil }

// replayed is the moment that a replay has come to; zero while none is on the screen.
func (m *model) replayed() time.Time {
	if !m.replaying() {
		return time.Time{}
	}
	return m.replay.film.Time(m.replay.view.At)
}

// logOf is which log there was for the stage under the cursor. All of it is past, and looks like it.
func (r *replaying) logOf() present.LogOf {
	r.board() // the cursor may go along
	of := r.film.World(r.view.At).LogOf(r.film.Run, r.cursor.Stage)
	of.Drill, of.Cause = true, 0 // its end shows how far it had come
	return of
}

// step goes to the next event that changed something, or to the one before, and stays there.
func (r *replaying) step(forward bool) {
	length := r.film.Length()
	if forward {
		for _, s := range r.film.Scenes {
			if s.From > r.view.At && s.Text != "" {
				r.view.Seek(s.From, length)
				return
			}
		}
		r.view.Seek(length, length)
		return
	}
	to := time.Duration(0)
	for _, s := range r.film.Scenes {
		if s.From >= r.view.At {
			break
		}
		if s.Text != "" {
			to = s.From
		}
	}
	r.view.Seek(to, length)
}

// moveReplay moves the cursor on the board, or through the film.
func (m *model) moveReplay(a keys.Action) {
	r := m.replay
	length := r.film.Length()
	switch a {
	case keys.PageUp, keys.PageDown:
		by := length / 10
		if a == keys.PageUp {
			by = -by
		}
		r.view.Seek(r.view.At+by, length)
	case keys.Top:
		r.view.Seek(0, length)
	case keys.Bottom:
		r.view.Seek(length, length)
	default:
		if to, moved := nextTo(r.board().Columns, r.cursor, a); moved {
			r.cursor, r.leads = to, false
		}
	}
}

// drawReplay draws the board as it was, beneath it the log as far as it had come, and what came to pass.
func (m *model) drawReplay(a areas) []string {
	if m.replay == nil {
		return frame.Blank(m.w, a.body)
	}
	r := m.replay
	lines := m.board.Draw(r.board(), r.cursor, m.w, a.board, m.spin)
	if a.log > 0 {
		lines = append(lines[:len(lines):len(lines)], m.log.Draw()...)
	}
	return append(lines[:len(lines):len(lines)], r.view.Draw(m.theme, r.film, m.w, a.film)...)
}
