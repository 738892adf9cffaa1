package commandline

import (
	"slices"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/tui/plain"
)

type numbersCmd struct {
	Service string `arg:"" optional:"" help:"Only this service."`
	Since   window `help:"How far to look back." default:"30d"`
	Output  string `help:"plain or json." enum:"plain,json" default:"plain"`
}

// Run prints the numbers.
func (c numbersCmd) Run(a *app) error {
	e, err := a.read()
	if err != nil {
		return err
	}
	defer e.Close()
	if _, err := e.Runs(c.Service); err != nil {
		return usage{err}
	}
	n, err := e.Numbers(a.ctx, time.Duration(c.Since))
	if err != nil {
		return err
	}
	if c.Service != "" {
		n.Services = slices.DeleteFunc(n.Services, func(s engine.ServiceNumber) bool { return s.Service != c.Service })
	}
	return plain.Numbers(a.out, n, c.Output)
}
