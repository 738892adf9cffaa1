package commandline

import (
	"bufio"
	"errors"
	"fmt"
	"strings"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/tui/plain"
)

type rollbackCmd struct {
	Service     string `arg:"" help:"The service."`
	Environment string `arg:"" name:"env" help:"The environment to roll back; no other one is touched."`
	Team        string `help:"Whose slot, where teams are isolated; default: the service's own team." placeholder:"NAME"`
	To          string `help:"A release that was live there: digest, version or commit; default: the last good one." placeholder:"RELEASE"`
	Reason      string `help:"Why, for the journal."`
	Yes         bool   `help:"Do not ask."`
	Output      string `help:"plain or json." enum:",plain,json" default:""`
}

// Run shows what a rollback would do, asks, does it, and follows it.
func (c rollbackCmd) Run(a *app) error {
	e, err := a.open("gantry rollback "+c.Service, Obeys) // until it is agreed to nothing goes on
	if err != nil {
		return err
	}
	defer e.Close()
	request := engine.RollbackRequest{ID: commandID("rollback"), Service: c.Service, Team: c.Team, Environment: c.Environment, To: c.To, Actor: Operator(), Reason: c.Reason}
	preview, err := e.PreviewRollback(a.ctx, request)
	if err != nil {
		return usage{err}
	}
	if c.Output != "json" {
		plain.Preview(a.out, preview)
	} else if !c.Yes { // with --yes only the run's own events follow
		if err := plain.PreviewJSON(a.out, preview); err != nil {
			return err
		}
	}
	if preview.Refused != "" {
		return usage{errors.New(preview.Refused)}
	}
	if err := a.confirm(preview, c.Yes); err != nil {
		return err
	}
	request.Seen = preview.Seen()
	id, err := e.RollBack(a.ctx, request)
	if err != nil {
		return err
	}
	return a.follow(e, id, 0, c.Output)
}

// confirm wants a yes, and for a protected environment its name.
func (a *app) confirm(p engine.RollbackPreview, yes bool) error {
	if yes {
		return nil
	}
	if !terminal(a.in) && a.talks == nil {
		return usage{errors.New("a rollback is not done unasked: run it on a terminal, or read the preview and add --yes")}
	}
	expected, question := "yes", "Roll back? Type yes: "
	if p.Protected {
		expected = p.Slot.Environment
		question = fmt.Sprintf("%s is protected. To roll it back, type its name: ", expected)
	}
	return a.want(expected, question)
}

// want asks, and is an exit code unless the answer is what is expected.
func (a *app) want(expected, question string) error {
	fmt.Fprint(a.out, question)
	if strings.TrimSpace(a.answer()) != expected {
		fmt.Fprintln(a.out, "nothing was changed")
		if a.ctx.Err() != nil {
			return exit(Interrupted)
		}
		return exit(Waits)
	}
	return nil
}

// answer is the line that is typed next; nothing when the command is interrupted first.
func (a *app) answer() string {
	typed := make(chan string, 1)
	go func() { // a terminal cannot be asked to stop waiting: this ends with the program
		line, _ := bufio.NewReader(a.in).ReadString('\n')
		typed <- line
	}()
	select {
	case line := <-typed:
		return line
	case <-a.ctx.Done():
		return ""
	}
}
