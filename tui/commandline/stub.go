package commandline

import (
	"fmt"
	"strings"
	"text/tabwriter"
)

type stubCmd struct {
	List  stubListCmd  `cmd:"" help:"Which stub stands in which channel."`
	Pull  stubPullCmd  `cmd:"" help:"Write a stub's files into a directory."`
	Serve stubServeCmd `cmd:"" help:"Answer as the service would, until interrupted."`
}

type stubListCmd struct{}

// Run lists stubs.
func (stubListCmd) Run(a *app) error {
	stubs, err := a.wiring.Stubs(a.files)
	if err != nil {
		return usage{err}
	}
	list, err := stubs.List(a.ctx)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		fmt.Fprintln(a.out, "no stub is published yet: a service publishes its stub once its E2E has passed in QA")
		return nil
	}
	table := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	for _, s := range list {
		fmt.Fprintf(table, "%s@%s\t%s\n", s.Service, s.Channel, s.Digest)
	}
	return table.Flush()
}

type stubPullCmd struct {
	Stub string `arg:"" help:"SERVICE@CHANNEL, as inventory@prod."`
	Dir  string `arg:"" help:"An empty or new directory." type:"path"`
}

// Run pulls a stub.
func (c stubPullCmd) Run(a *app) error {
	service, channel, err := splitStub(c.Stub)
	if err != nil {
		return err
	}
	stubs, err := a.wiring.Stubs(a.files)
	if err != nil {
		return usage{err}
	}
	if err := stubs.Pull(a.ctx, service, channel, c.Dir); err != nil {
		return err
	}
	fmt.Fprintf(a.out, "%s is in %s\n", c.Stub, c.Dir)
	return nil
}

type stubServeCmd struct {
	Stub string `arg:"" help:"SERVICE@CHANNEL, as inventory@prod."`
	Port int    `help:"The port on loopback; default: a free one."`
}

// Run serves a stub.
func (c stubServeCmd) Run(a *app) error {
	service, channel, err := splitStub(c.Stub)
	if err != nil {
		return err
	}
	stubs, err := a.wiring.Stubs(a.files)
	if err != nil {
		return usage{err}
	}
	return stubs.Serve(a.ctx, service, channel, c.Port, func(url string) {
		fmt.Fprintf(a.out, "%s answers at %s until interrupted\n", c.Stub, url)
	})
}

func splitStub(text string) (service, channel string, err error) {
	service, channel, found := strings.Cut(text, "@")
	if !found || service == "" || channel == "" {
		return "", "", usage{fmt.Errorf("%q is no stub: write SERVICE@CHANNEL, as inventory@prod", text)}
	}
	return service, channel, nil
}
