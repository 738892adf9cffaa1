package present_test

import (
	"slices"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/internal/situation"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/theme"
)

func filmOf(s *situation.Story, id promotion.RunID) *present.Film {
	events := s.Events(id)
	for _, e := range s.Events(id) {
		if e.Type == promotion.RollbackStarted {
			events = append(events, s.Events(e.Linked)...)
		}
	}
	return present.NewFilm(id, events, s.Snapshot())
}

// What a replay ends with is what the board shows of the run.
func TestAFilmEndsWithTheRunAsItIs(t *testing.T) {
	for _, situation := range situation.All() {
		s := situation.Story()
		world := present.NewWorld(s.Snapshot())
		for _, run := range s.Snapshot().Runs {
			film := filmOf(s, run.ID)
			last := film.Time(film.Length())
			got := film.Board(film.Length())
			want := world.Board(present.Entry{Service: run.Plan.Service, Run: run.ID}, last)
			if got.Header.Mark != want.Header.Mark || got.Header.Release != want.Header.Release || len(got.Columns) != len(want.Columns) {
				t.Fatalf("%s: run %d ends as %+v, want %+v", situation.Name, run.ID, got.Header, want.Header)
			}
			for i, column := range got.Columns {
				for j, card := range column.Cards {
					card.Done, card.Total, card.Note = want.Columns[i].Cards[j].Done, want.Columns[i].Cards[j].Total, want.Columns[i].Cards[j].Note // progress is not journalled
					for k := range card.Steps {
						card.Steps[k].Note = want.Columns[i].Cards[j].Steps[k].Note
					}
					if !card.Equal(want.Columns[i].Cards[j]) {
						t.Errorf("%s: run %d: %s is %+v, want %+v", situation.Name, run.ID, card.ID, card, want.Columns[i].Cards[j])
					}
				}
			}
		}
	}
}

func TestAFilmGoesBackAndForthAndShowsTheSame(t *testing.T) {
	film := filmOf(situation.QAFailed(), 42)
	var there []present.Mark
	for at := time.Duration(0); at <= film.Length(); at += time.Second {
		there = append(there, film.Board(at).Header.Mark)
	}
	var back []present.Mark
	for i := len(there) - 1; i >= 0; i-- {
		back = append(back, film.Board(time.Duration(i)*time.Second).Header.Mark)
	}
	slices.Reverse(back)
	if !slices.Equal(there, back) {
		t.Errorf("forwards %v, backwards %v", there, back)
	}
	if film.At(0) != "build/build" || film.At(film.Length()) != "qa/e2e" {
		t.Errorf("it goes from %s to %s", film.At(0), film.At(film.Length()))
	}
}

func TestAFilmShowsWhatWasLiveThen(t *testing.T) {
	film := filmOf(situation.QARunning(), 42)
	live := func(at time.Duration, column int) string { return film.Board(at).Columns[column].Live.Name }
	if got := live(0, 1); got != "1.7.4 d7fb941" {
		t.Errorf("at its beginning %q is live in Dev", got)
	}
	if got := live(film.Length(), 1); got != "1.8.0 f60728e" {
		t.Errorf("at its end %q is live in Dev", got)
	}
}

func TestAWaitIsShortenedAndWorkIsNot(t *testing.T) {
	s := situation.Paused()
	s.After(72 * time.Hour)
	s.Do(promotion.Command{Run: 42, Verb: promotion.VerbResume, Actor: "ada"})
	s.Completes(42)
	run := s.Run(42)
	film := filmOf(s, 42)
	worked := run.Finished.Sub(run.Started) - 72*time.Hour - 90*time.Second
	if slack := film.Length() - worked; slack < 0 || slack > 30*time.Second {
		t.Errorf("the film takes %s of %s, in which %s were worked", film.Length(), run.Finished.Sub(run.Started), worked)
	}
	if got := film.Time(film.Length()); !got.Equal(run.Finished) {
		t.Errorf("it ends at %s, want %s", got, run.Finished)
	}
	before := time.Time{}
	for at := time.Duration(0); at <= film.Length(); at += 100 * time.Millisecond {
		if now := film.Time(at); now.Before(before) {
			t.Fatalf("its clock goes back at %s", at)
		} else {
			before = now
		}
	}
}

func TestTwoRunsAreComparedByWhatTheyCarriedTookAndTested(t *testing.T) {
	s := situation.QAFailed()
	rows := present.Compare(s.Run(31), s.Run(42), []promotion.Run{s.Run(42)}, s.Now)
	find := func(label string) present.CompareRow {
		for _, r := range rows {
			if r.Label == label {
				return r
			}
		}
		t.Fatalf("no row %q in %+v", label, rows)
		return present.CompareRow{}
	}
	if r := find("release"); r.A != "1.7.4 d7fb941" || r.B != "1.8.0 f60728e" || r.Diff != "differs" {
		t.Errorf("releases: %+v", r)
	}
	if r := find("build/build"); r.A != "41s" || r.B != "41s" || r.Diff != " " {
		t.Errorf("the same time: %+v", r)
	}
	if r := find("prod/deploy"); r.A != "7s" || r.B != "did not run" {
		t.Errorf("a stage that did not run: %+v", r)
	}
	if r := find("qa/e2e"); r.Diff != "-9s" {
		t.Errorf("a stage that was quicker: %+v", r)
	}
	for _, r := range rows {
		if r.Label == "  failed" && r.B == "TestDiscountIsSubtractedOnce" && r.Role == theme.Bad {
			return
		}
	}
	t.Errorf("the new failures are missing: %+v", rows)
}
