package present

import (
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// Memo keeps the cards of one run, so that those which nothing happened to are not made again. Its zero value keeps none.
type Memo struct {
	run     promotion.RunID
	columns [][]keptCard
	cards   [][]Card
}

// keptCard is what a card was made of.
type keptCard struct {
	of   cardSource
	made bool
}

// cardSource is all that the card of a stage that does not run depends on. An attempt is never changed where it lies, so
// that the first one stands for them all.
type cardSource struct {
	id       promotion.StageID
	state    promotion.State
	reason   string
	attempts int
	first    *promotion.Attempt
	expected time.Duration
	done     bool
}

// cardsOf makes the cards of a column, or gives the very slice that was made before when all are as they were.
func (m *Memo) cardsOf(w *World, run promotion.Run, at int, now time.Time) []Card {
	stages := run.Columns[at].Stages
	if m.run != run.ID || len(m.columns) != len(run.Columns) {
		*m = Memo{run: run.ID, columns: make([][]keptCard, len(run.Columns)), cards: make([][]Card, len(run.Columns))}
	}
	before := m.cards[at]
	if len(before) != len(stages) {
		before, m.columns[at] = nil, make([]keptCard, len(stages))
	}
	kept, cards := m.columns[at], []Card(nil)
	for i := range stages {
		source, still := w.sourceOf(run, &stages[i])
		if before != nil && still && kept[i].made && kept[i].of == source {
			if cards != nil {
				cards = append(cards, before[i])
			}
			continue
		}
		if cards == nil {
			cards = append(make([]Card, 0, len(stages)), before[:i:min(i, len(before))]...)
		}
		cards = append(cards, w.cardOf(run, stages[i], now))
		kept[i] = keptCard{source, still}
	}
	if cards == nil && before != nil {
		return before
	}
	m.cards[at] = cards
	return cards
}

// sourceOf is what the stage's card depends on; still is false where it depends on the time as well.
func (w *World) sourceOf(run promotion.Run, s *promotion.StageState) (source cardSource, still bool) {
	source = cardSource{id: s.ID, state: s.State, reason: s.Reason, attempts: len(s.Attempts), expected: w.expected(run, s.ID), done: run.Done()}
	if len(s.Attempts) > 0 {
		source.first = &s.Attempts[0]
	}
	return source, s.State != promotion.StateRunning && !s.Retry
}
