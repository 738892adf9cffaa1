package local

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// step lets one thing happen, and what follows from it.
func (s *simulation) step() {
	switch what := s.pick(100); {
	case what < 62:
		s.somebodyGoesOn()
	case what < 72:
		s.starts()
	case what < 81:
		s.asks()
	case what < 84:
		s.asksAgain()
	case what < 87:
		s.rules()
	case what < 89:
		s.revertsByHand()
	case what < 91:
		s.reruns()
	case what < 93:
		s.breaks()
	case what < 95:
		s.kills()
	case what < 96:
		s.clockJumps()
	default:
		s.passes(time.Duration(1+s.pick(8)) * time.Second)
	}
	s.passes(time.Millisecond) // no two things happen at the same moment
}

// somebodyGoesOn lets one attempt do the next thing, mostly well. One that hangs does when it is told to end.
func (s *simulation) somebodyGoesOn() {
	var ready []*worker
	for _, w := range s.world.yard.standing() {
		if !w.hung || w.ctx.Err() != nil {
			ready = append(ready, w)
		}
	}
	if len(ready) == 0 {
		s.passes(time.Duration(1+s.pick(4)) * time.Second)
		return
	}
	w := ready[s.pick(len(ready))]
	f := well
	if !s.end && s.pick(9) == 0 {
		f = fate(1 + s.pick(badFates))
		s.faults["stage "+f.String()]++
	}
	if w.hung || w.ctx.Err() != nil && s.pick(2) == 0 {
		f = hangs // what it says when it is ended
	} else if f == hangs {
		s.says("run %d %s %d hangs at %s", w.key.Run, w.key.Stage, w.key.Attempt, w.at)
		w.hung = true
		return
	}
	s.says("run %d %s %d: %s %s", w.key.Run, w.key.Stage, w.key.Attempt, w.at, f)
	w.hung = false
	s.world.yard.goesOn(w, f)
	s.still()
}

func (s *simulation) starts() {
	s.started++
	s.asked++
	r := engine.StartRequest{ID: fmt.Sprint("start-", s.asked), Service: s.either("inventory", "orders"), Actor: "ada", Trigger: s.either("operator", "merge"), Step: s.pick(15) == 0}
	for range 1 + s.pick(2) { // whoever heard no answer asks again
		id, err := s.e.Start(context.Background(), r)
		s.told("start "+r.Service, fmt.Sprint(id), err)
		s.still()
	}
}

// told notes an answer. What is refused is refused with a reason.
func (s *simulation) told(what, answer string, err error) {
	var refusal *promotion.Refusal
	switch {
	case err == nil:
		s.says("%s: %s", what, answer)
	case errors.As(err, &refusal):
		if refusal.Why == "" {
			s.witness.say("%s is refused without a reason", what)
		}
		s.says("%s is refused", what)
	case errors.Is(err, errStore), errors.Is(err, errDead):
		s.says("%s could not be written", what)
	default:
		s.says("%s: %v", what, err)
	}
}

var simulatedVerbs = []promotion.Verb{promotion.VerbStep, promotion.VerbPause, promotion.VerbResume, promotion.VerbResume, promotion.VerbRetry,
	promotion.VerbRetry, promotion.VerbRetry, promotion.VerbAbort, promotion.VerbRollBack, promotion.VerbRetryFrom, promotion.VerbExtend,
	promotion.VerbOverride, promotion.VerbApprove, promotion.VerbReject, promotion.VerbRemove}

// anOpenRun is one that goes on, or one that has ended; the zero Run when there is none.
func (s *simulation) anOpenRun() promotion.Run {
	open := s.witness.ledger.Unfinished()
	if len(open) > 0 && s.pick(8) > 0 {
		return open[s.pick(len(open))]
	}
	if runs := s.witness.ledger.Runs(); len(runs) > 0 {
		return runs[s.pick(len(runs))]
	}
	return promotion.Run{}
}

// asks is a person who asks a run for something, perhaps twice.
func (s *simulation) asks() {
	run := s.anOpenRun()
	column, stage, ok := run.Current()
	if run.ID == 0 || !ok {
		return
	}
	s.asked++
	c := promotion.Command{ID: fmt.Sprint("c", s.asked), Run: run.ID, Actor: "ada", Reason: "because", Verb: simulatedVerbs[s.pick(len(simulatedVerbs))]}
	switch c.Verb {
	case promotion.VerbRetryFrom:
		c.Stage = column.Stages[s.pick(len(column.Stages))].ID
	case promotion.VerbOverride:
		if c.Stage = stage.ID; column.Waiting != nil {
			c.Stage, c.Environment = "", column.Name
		}
	case promotion.VerbExtend:
		until := s.o.Now().Add(time.Duration(s.pick(20)) * time.Second)
		c.Until = &until
	case promotion.VerbApprove, promotion.VerbReject:
		c.Environment, c.Digest = column.Name, run.Release.Image
	}
	s.sent = append(s.sent, c)
	for range 1 + s.pick(2) {
		s.commands(c)
	}
}

func (s *simulation) commands(c promotion.Command) {
	s.told(fmt.Sprintf("%s %s of run %d", c.ID, c.Verb, c.Run), "done", s.e.Command(context.Background(), c))
	s.still()
}

// asksAgain delivers a command that was delivered long ago.
func (s *simulation) asksAgain() {
	if len(s.sent) > 0 {
		s.faults["late command"]++
		s.commands(s.sent[s.pick(len(s.sent))])
	}
}

// rules holds or releases an environment, vetoes or allows a release.
func (s *simulation) rules() {
	s.asked++
	r := engine.SlotRequest{ID: fmt.Sprint("s", s.asked), Service: s.either("inventory", "orders"), Environment: s.either("dev", "qa", "prod"), Actor: "grace", Reason: "stocktaking"}
	r.Verb = []promotion.Verb{promotion.VerbHold, promotion.VerbRelease, promotion.VerbRelease, promotion.VerbVeto, promotion.VerbAllow}[s.pick(5)]
	if run := s.anOpenRun(); r.Verb == promotion.VerbVeto || r.Verb == promotion.VerbAllow {
		if run.Release.Image == "" {
			return
		}
		r.Service, r.Release = run.Plan.Service, string(run.Release.Image)
	}
	_, err := s.e.CommandSlot(context.Background(), r)
	s.told(fmt.Sprintf("%s %s %s", r.Verb, r.Service, r.Environment), "done", err)
	s.still()
}

func (s *simulation) revertsByHand() {
	s.asked++
	r := engine.RollbackRequest{ID: fmt.Sprint("b", s.asked), Service: s.either("inventory", "orders"), Environment: s.either("dev", "qa", "prod"), Actor: "grace", Reason: "it is slow"}
	id, err := s.e.RollBack(context.Background(), r)
	s.told("roll back "+r.Service+" "+r.Environment, fmt.Sprint(id), err)
	s.still()
}

// reruns takes the release of a run that has ended once more, or puts it aside.
func (s *simulation) reruns() {
	run := s.anOpenRun()
	if run.ID == 0 {
		return
	}
	s.asked++
	name := fmt.Sprint("r", s.asked)
	if s.pick(3) == 0 {
		id, err := s.e.Reprovision(context.Background(), engine.ReprovisionRequest{ID: name, Run: run.ID, Actor: "ada", Expires: 20 * time.Second})
		s.told(fmt.Sprintf("put run %d aside", run.ID), fmt.Sprint(id), err)
	} else {
		id, err := s.e.Rerun(context.Background(), engine.RerunRequest{ID: name, Run: run.ID, From: s.either("", "dev", "qa", "prod"), Actor: "ada"})
		s.told(fmt.Sprintf("rerun %d", run.ID), fmt.Sprint(id), err)
	}
	s.still()
}

// breaks lets some of the next writes fail.
func (s *simulation) breaks() {
	for range s.pick(5) {
		s.store.pending = append(s.store.pending, sound)
	}
	f := storeFault(1 + s.pick(int(storeFaults)-1))
	s.store.pending = append(s.store.pending, f)
	for range s.pick(4) {
		if f == refuses {
			s.store.pending = append(s.store.pending, f)
		}
	}
}

// kills ends the engine between two writes, in the midst of whatever its attempts do.
func (s *simulation) kills() {
	s.faults["killed in a stage"]++
	s.dies()
	s.opens()
	s.still()
}

// clockJumps lets somebody set the clock.
func (s *simulation) clockJumps() {
	s.faults["clock set"]++
	s.ahead.Add(int64(time.Duration(s.pick(48*3600)-24*3600) * time.Second))
	s.says("the clock is set by %s", time.Duration(s.ahead.Load()))
}

// settles lets nothing break any more, and people do what they are asked for, until every run has ended.
func (s *simulation) settles() {
	s.end = true
	s.store.pending = nil
	s.says("nothing breaks any more")
	for steps := 3000; ; steps-- {
		open := s.witness.ledger.Unfinished()
		if len(open) == 0 && s.nothingAtWork() {
			return
		}
		if steps == 0 && len(open) == 0 {
			s.witness.say("every run has ended, and attempts are at work for ever")
			return
		}
		if steps == 0 {
			s.witness.say("run %d never ends (invariant 7): %+v", open[0].ID, open[0].Waits())
			return
		}
		if s.anyReady() {
			s.somebodyGoesOn()
		} else {
			for _, run := range open {
				s.helps(s.witness.ledger.Run(run.ID))
			}
			s.passes(3 * time.Second)
			s.sleepsIn()
		}
		s.passes(time.Millisecond)
	}
}

// sleepsIn lets the clock on the wall go on to the first time that somebody waits for, as on a machine that slept: it may
// have been set back by days.
func (s *simulation) sleepsIn() {
	var next time.Time
	for _, run := range s.witness.ledger.Unfinished() {
		if w := run.Waits(); w != nil && w.Until != nil && (next.IsZero() || w.Until.Before(next)) {
			next = *w.Until
		}
	}
	if d := next.Sub(s.o.Now()); !next.IsZero() && d > time.Minute {
		s.ahead.Add(int64(d))
		s.says("the machine slept for %s", d)
		s.passes(drowsiness)
	}
}

// nothingAtWork tells whether no attempt is under way, nor waits for the journal to take its end.
func (s *simulation) nothingAtWork() bool {
	s.e.mu.Lock()
	defer s.e.mu.Unlock()
	return len(s.e.attempts) == 0
}

func (s *simulation) anyReady() bool {
	for _, w := range s.world.yard.standing() {
		if !w.hung || w.ctx.Err() != nil {
			return true
		}
	}
	return false
}

// helps does what the run says that it waits for.
func (s *simulation) helps(run promotion.Run) {
	waiting := run.Waits()
	column, _, ok := run.Current()
	if waiting == nil || !ok || run.Done() {
		return
	}
	slot := run.Plan.Slot(column.Name)
	s.asked++
	c := promotion.Command{ID: fmt.Sprint("h", s.asked), Run: run.ID, Actor: "grace", Reason: "to help"}
	switch {
	case waiting.Gate == promotion.GateApproval:
		c.Verb, c.Environment, c.Digest = promotion.VerbApprove, slot.Environment, run.Release.Image
	case waiting.Gate == promotion.GateHold:
		c.Verb, c.Slot, c.Run = promotion.VerbRelease, &slot, 0
	case waiting.Gate == promotion.GateVeto && strings.Contains(waiting.Who, "an operator: allow"):
		c.Verb, c.Slot, c.Digest, c.Run = promotion.VerbAllow, &slot, run.Release.Image, 0
	case waiting.Gate == promotion.GateSoak || waiting.Gate == promotion.GateDependency:
		c.Verb, c.Environment = promotion.VerbOverride, slot.Environment
	case strings.Contains(waiting.Who, "resume"):
		c.Verb = promotion.VerbResume
	case strings.Contains(waiting.Who, "retry"):
		c.Verb = promotion.VerbRetry
	case strings.Contains(waiting.Who, "abort"), strings.Contains(waiting.Who, "an operator who starts it"):
		c.Verb = promotion.VerbAbort
	default:
		return
	}
	s.commands(c)
}
