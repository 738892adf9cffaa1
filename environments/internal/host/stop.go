package host

import (
	"context"
	"fmt"
	"io"
)

// Stop ends what runs in the slot; it stays empty until the next deploy.
func (h *Host) Stop(ctx context.Context, s *slot, log io.Writer) error {
	_, give, err := s.take(ctx)
	if err != nil {
		return err
	}
	defer give()
	r := s.running()
	if r == nil {
		fmt.Fprintf(log, "nothing is live in %s\n", s.id)
		return nil
	}
	if err := s.record(func(state *SlotState) { state.Live = nil }); err != nil {
		return err
	}
	s.empty(r)
	r.discard()
	fmt.Fprintf(log, "stopped %s; %s is empty\n", r.kept.Name, s.id)
	return nil
}

// empty ends the live release after it has answered what it was asked.
func (s *slot) empty(r *release) {
	r.unsupervise()
	backend := s.address().Clear(s.nothing())
	bound, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	backend.Drain(bound)
	r.stop()
	s.setRunning(nil)
}
