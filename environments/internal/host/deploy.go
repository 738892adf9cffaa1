package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/environments/internal/database"
)

// drainTime bounds how long a service that was switched away from may go on answering.
const drainTime = 10 * time.Second

// Deploy starts the release beside the one that is live, switches to it once it is healthy, and ends the old one. When
// it does not become healthy, the old one stays live and was never touched.
func (h *Host) Deploy(ctx context.Context, r engine.Rollout, log io.Writer) (*engine.Live, error) {
	s, err := h.slot(r.Slot)
	if err != nil {
		return nil, err
	}
	ctx, give, err := s.take(ctx)
	if err != nil {
		return nil, err
	}
	defer give()
	next, err := s.prepare(ctx, r, log)
	if err == nil {
		err = next.start(ctx, log)
	}
	if err != nil {
		if next != nil {
			next.discard()
		}
		return nil, s.judge(nameOf(r.Release), err, log)
	}
	if err := s.promote(next, log); err != nil {
		return nil, err
	}
	return s.look(ctx)
}

// judge makes a verdict of what speaks against the release, and says what is live instead.
func (s *slot) judge(name string, err error, log io.Writer) error {
	var over *database.Overpowered
	if !isUnfit(err) && !errors.As(err, &over) {
		s.event("%s was not deployed: %v", name, err)
		return err
	}
	why := s.host.redact(fmt.Sprintf("%s %s", name, err))
	if over != nil {
		why = s.host.redact(err.Error())
	}
	s.event("%s", why)
	before := s.running()
	if before == nil {
		fmt.Fprintf(log, "nothing was live in %s before, and nothing is\n", s.id)
		return &engine.Verdict{Why: why}
	}
	live, lost := s.look(s.host.work)
	if lost != nil {
		return fmt.Errorf("%s, and nobody knows whether %s still runs: %w", why, before.kept.Name, lost)
	}
	if !live.Healthy {
		return &engine.Verdict{Why: fmt.Sprintf("%s; %s, which was live before, is not healthy either: %s", why, before.kept.Name, live.Detail)}
	}
	fmt.Fprintf(log, "%s stays live\n", before.kept.Name)
	return &engine.Verdict{Why: why, FailedOver: true}
}

// promote makes a healthy release the live one. From here on the deploy is not given up any more: it ends in moments.
func (s *slot) promote(next *release, log io.Writer) error {
	old := s.running()
	next.kept.Since = time.Now()
	if err := s.record(func(state *SlotState) { kept, _ := next.snapshot(); state.Live = &kept }); err != nil {
		next.stop()
		next.discard()
		return err
	}
	if old != nil {
		old.unsupervise()
	}
	at, _ := next.address()
	backend := s.address().Switch(at)
	s.setRunning(next)
	next.superviseFrom(nil)
	s.event("switched %s to %s", s.address().URL(), next.kept.Name)
	fmt.Fprintf(log, "%s now answers for %s\n", s.address().URL(), next.kept.Name)
	if old != nil {
		bound, cancel := context.WithTimeout(context.Background(), drainTime)
		defer cancel()
		if left := backend.Drain(bound); left > 0 {
			s.event("%s still had %d requests in flight after %s", old.kept.Name, left, short(drainTime))
		} else {
			s.event("drained %s", old.kept.Name)
		}
		old.stop()
		old.discard()
		fmt.Fprintf(log, "%s was drained and has ended\n", old.kept.Name)
	}
	return nil
}
