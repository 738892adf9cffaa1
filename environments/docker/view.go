package docker

import (
	"context"
	"fmt"
	"time"

	"github.com/moby/moby/client"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// view is the environment for those who only look.
type view struct {
	engine.View
	environment *Environment
}

// View is the environment for those who only look.
func (e *Environment) View() engine.View { return view{e.Environment.View(), e} }

// lookTime bounds how long the daemon may take to be looked at.
const lookTime = 5 * time.Second

// Check looks at the daemon besides.
func (v view) Check(ctx context.Context, slot promotion.Slot, keeps bool) []engine.Check {
	return append([]engine.Check{v.environment.check(ctx)}, v.View.Check(ctx, slot, keeps)...)
}

// check is how the daemon is.
func (e *Environment) check(ctx context.Context) engine.Check {
	c := engine.Check{What: "docker", State: engine.CheckWrong, Next: "start the daemon, or set docker.host to where it is"}
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	s, err := e.resolve()
	if err != nil {
		c.Detail, c.Next = err.Error(), "set it where Gantry is started"
		return c
	}
	daemon, err := dial(s)
	if err != nil {
		c.Detail = err.Error()
		return c
	}
	defer daemon.Close()
	version, err := daemon.ServerVersion(ctx, client.ServerVersionOptions{})
	if err != nil {
		c.Detail = (&runtime{settings: s}).unanswered("ask for its version", err).Error()
		return c
	}
	c.State, c.Next = engine.CheckOK, ""
	c.Detail = fmt.Sprintf("Docker %s at %s, API %s", version.Version, s.Host, daemon.ClientVersion())
	return c
}
