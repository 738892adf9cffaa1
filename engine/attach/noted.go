package attach

import (
	"context"
	"fmt"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// Watch delivers the engine's snapshots, with who is present.
func (h *host) Watch(ctx context.Context) <-chan engine.Snapshot {
	return h.who.over(ctx, h.Holder.Watch(ctx))
}

// note remembers what an operator has asked for, unless it was refused.
func (h *host) note(err error, operator, format string, args ...any) {
	if err == nil {
		h.who.asked(operator, fmt.Sprintf(format, args...), time.Now())
	}
}

// Start begins a promotion.
func (h *host) Start(ctx context.Context, r engine.StartRequest) (promotion.RunID, error) {
	id, err := h.Holder.Start(ctx, r)
	h.note(err, r.Actor, "start run %d of %s", id, r.Service)
	return id, err
}

// Rerun starts a new run of the release of an earlier one.
func (h *host) Rerun(ctx context.Context, r engine.RerunRequest) (promotion.RunID, error) {
	id, err := h.Holder.Rerun(ctx, r)
	h.note(err, r.Actor, "rerun run %d as run %d", r.Run, id)
	return id, err
}

// Reprovision puts the release of an earlier run aside.
func (h *host) Reprovision(ctx context.Context, r engine.ReprovisionRequest) (promotion.RunID, error) {
	id, err := h.Holder.Reprovision(ctx, r)
	h.note(err, r.Actor, "put the release of run %d aside", r.Run)
	return id, err
}

// RollBack starts a rollback run of one environment.
func (h *host) RollBack(ctx context.Context, r engine.RollbackRequest) (promotion.RunID, error) {
	id, err := h.Holder.RollBack(ctx, r)
	h.note(err, r.Actor, "roll %s back in %s", r.Service, r.Environment)
	return id, err
}

// CommandSlot asks something of a slot.
func (h *host) CommandSlot(ctx context.Context, r engine.SlotRequest) ([]promotion.Slot, error) {
	slots, err := h.Holder.CommandSlot(ctx, r)
	what := r.Service
	if r.Release != "" {
		what = r.Release
	}
	h.note(err, r.Actor, "%s %s %s", r.Verb, what, r.Environment)
	return slots, err
}

// Command asks a run for something.
func (h *host) Command(ctx context.Context, c promotion.Command) error {
	err := h.Holder.Command(ctx, c)
	h.note(err, c.Actor, "%s run %d", c.Verb, c.Run)
	return err
}
