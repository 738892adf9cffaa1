package command

import (
	"context"
	"fmt"
	"io"

	"github.com/gantry-cd/gantry/engine"
)

// Migrate runs the migration image to its end, by the command that has the DDL credential.
func (e *Environment) Migrate(ctx context.Context, m engine.Migration, log io.Writer) error {
	if err := e.check(m.Slot); err != nil {
		return err
	}
	if e.command.Migrate.Run == "" {
		return fmt.Errorf("%s has no command that runs a migration: set migrate in [environment.command]", e.Name())
	}
	at, err := e.registry.Repository(m.Slot, "migration")
	if err != nil {
		return err
	}
	if err := e.registry.Kept(ctx, at, m.Image); err != nil {
		return err
	}
	return e.do(ctx, "migrate", e.command.Migrate, request{
		slot: m.Slot, what: "migration", image: m.Image, attempt: m.Attempt, settings: e.configured.Variables,
	}, log)
}
