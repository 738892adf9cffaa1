package host

import (
	"context"
	"fmt"
	"io"

	"github.com/gantry-cd/gantry/engine"
)

// Migrate runs a migration image to its end as the owner of the slot's schema.
func (h *Host) Migrate(ctx context.Context, m engine.Migration, log io.Writer) error {
	s, err := h.slot(m.Slot)
	if err != nil {
		return err
	}
	ctx, give, err := s.take(ctx)
	if err != nil {
		return err
	}
	defer give()
	r, err := s.unpack(ctx, m.Image, "migration", log)
	if r != nil {
		r.kept.Name = "migration " + m.Image.Short()
		defer r.discard()
	}
	if isUnfit(err) {
		return fmt.Errorf("the migration image %s %w", m.Image.Short(), err)
	}
	if err != nil {
		return err
	}
	if r.kept.Env, err = s.migrationVariables(ctx); err != nil {
		return err
	}
	return r.migrate(ctx, log)
}

// migrationVariables is all that a migration gets to see.
func (s *slot) migrationVariables(ctx context.Context) ([]string, error) {
	env, err := s.base()
	if err != nil {
		return nil, err
	}
	access, err := s.database(ctx)
	if err != nil {
		return nil, err
	}
	env = append(env, s.host.variables()...)
	at, err := s.host.runtime.Database(ctx, access.Owner)
	if err != nil {
		return nil, err
	}
	env = append(env, "DATABASE_URL="+at)
	if access.Role != "" {
		env = append(env, "APP_ROLE="+access.Role)
	}
	return env, nil
}

func (r *release) migrate(ctx context.Context, log io.Writer) error {
	last := &ending{}
	from, err := r.slot.repository("migration")
	if err != nil {
		return err
	}
	p, err := r.slot.host.runtime.Start(ctx, Start{Program: r.kept.Program, Image: Image{r.kept.Image, from}, Slot: r.slot.key, Kind: "migration",
		ID: r.kept.ID, Env: r.kept.Env, Output: io.MultiWriter(log, last), Data: r.slot.dataDir()})
	if err != nil {
		return fmt.Errorf("%s could not be started: %s", r.kept.Name, r.slot.host.redact(err.Error()))
	}
	defer r.slot.end(p)
	if err := r.slot.began(p.Identity()); err != nil {
		return err
	}
	select {
	case <-p.Done():
	case <-ctx.Done():
		r.slot.event("%s, %s, was ended before its time: %v", r.kept.Name, p.Identity(), context.Cause(ctx))
		return context.Cause(ctx)
	}
	if err := p.Lost(); err != nil {
		return fmt.Errorf("nobody knows how %s ended: %w", r.kept.Name, err)
	}
	how, code := p.Exit()
	r.slot.event("%s, %s: %s", r.kept.Name, p.Identity(), how)
	if code == 0 {
		return nil
	}
	why := r.slot.host.redact(fmt.Sprintf("%s failed (%s)%s", r.kept.Name, how, quoted(meaningful(last.text()))))
	return &engine.Verdict{Why: why}
}

// ending keeps the end of what is written to it.
type ending struct{ kept []byte }

func (e *ending) Write(p []byte) (int, error) {
	e.kept = append(e.kept, p...)
	if len(e.kept) > 2*lastBytes {
		e.kept = append([]byte(nil), e.kept[len(e.kept)-lastBytes:]...)
	}
	return len(p), nil
}

func (e *ending) text() string { return string(e.kept) }
