package command

import (
	"context"
	"io"
	"strings"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// view is the environment for those who only look: none of its commands changes anything.
type view struct{ *Environment }

// View is the environment for those who only look.
func (e *Environment) View() engine.View { return view{e} }

// Repository is the slot's repository.
func (v view) Repository(ctx context.Context, slot promotion.Slot, what string) (images.Repository, error) {
	return v.Environment.Repository(ctx, slot, what)
}

// Check looks at the credentials, the registry and what runs, and runs the dry runs that are configured.
func (v view) Check(ctx context.Context, slot promotion.Slot, keepsData bool) []engine.Check {
	e := v.Environment
	if err := e.check(slot); err != nil {
		return []engine.Check{wrong("command", err, "")}
	}
	if _, err := e.secrets(); err != nil {
		return []engine.Check{wrong("secrets", err, "set it where Gantry is started")}
	}
	var all []engine.Check
	if e.command.Identity.Run != "" {
		text, err := e.ask(ctx, "identity", e.command.Identity, request{slot: slot})
		if err != nil {
			return []engine.Check{wrong("identity", err, "check the credentials of the commands")}
		}
		all = append(all, engine.Check{What: "identity", State: engine.CheckOK, Detail: oneLine(text)})
	}
	all = append(all, e.registry.Check(ctx, slot))
	l, err := e.Live(ctx, slot)
	if err != nil {
		return append(all, wrong("live", err, "run the command by hand: docs/command.md says what it must print"))
	}
	check := engine.Check{What: "live", State: engine.CheckOK, Detail: "nothing runs"}
	if l != nil {
		check.Detail = l.Image.Short() + ", " + l.Detail
	}
	return append(append(all, check), e.rehearse(ctx, slot, l, keepsData)...)
}

// rehearse runs the dry runs, with what is live as the release: the next one may not have been built yet.
func (e *Environment) rehearse(ctx context.Context, slot promotion.Slot, l *engine.Live, keepsData bool) []engine.Check {
	digest, version := promotion.Digest("sha256:"+strings.Repeat("0", 64)), "0.0.0"
	if l != nil {
		digest, version = l.Image, l.Version
	}
	settings, err := e.settingsOf(ctx, engine.Rollout{Slot: slot})
	if err != nil {
		return []engine.Check{wrong("variables", err, "")}
	}
	var all []engine.Check
	for _, one := range []struct {
		action, what string
		command      config.CommandLine
		leave        bool
	}{
		{"deploy", "", e.command.Deploy, false}, {"rollback", "", e.command.Rollback, l == nil}, {"stop", "", e.command.Stop, false},
		{"migrate", "migration", e.command.Migrate, !keepsData}, {"remove", "", e.command.Remove, true},
	} {
		if one.command.DryRun == "" || one.leave {
			continue
		}
		r := request{slot: slot, what: one.what, image: digest, version: version, settings: settings, dry: true}
		check := engine.Check{What: one.action + " (dry run)", State: engine.CheckOK}
		if err := e.do(ctx, one.action, one.command, r, io.Discard); err != nil {
			check = wrong(check.What, err, "run it by hand with GANTRY_DRY_RUN=true")
		}
		all = append(all, check)
	}
	return all
}

func wrong(what string, err error, next string) engine.Check {
	return engine.Check{What: what, State: engine.CheckWrong, Detail: err.Error(), Next: next}
}
