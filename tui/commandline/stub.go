package commandline

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gantry-cd/gantry/engine/stubs"
	"github.com/gantry-cd/gantry/tui/plain"
)

type stubCmd struct {
	List  stubListCmd  `cmd:"" help:"Which stub stands in which channel."`
	Pull  stubPullCmd  `cmd:"" help:"Write a stub's files into a directory."`
	Serve stubServeCmd `cmd:"" help:"Answer as the service would, until interrupted."`
}

type stubListCmd struct{}

// Run lists stubs.
func (stubListCmd) Run(a *app) error {
	shelf, err := a.wiring.Stubs(a.files)
	if err != nil {
		return usage{err}
	}
	list, err := shelf.List(a.ctx)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		fmt.Fprintln(a.out, "no stub is published yet: a service publishes its stub once its E2E has passed in QA")
		return nil
	}
	table := plain.NewTable(a.out)
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
	shelf, service, channel, err := a.stub(c.Stub)
	if err != nil {
		return err
	}
	if err := shelf.Pull(a.ctx, service, channel, c.Dir); err != nil {
		return missing(c.Stub, err)
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
	shelf, service, channel, err := a.stub(c.Stub)
	if err != nil {
		return err
	}
	return missing(c.Stub, shelf.Serve(a.ctx, service, channel, c.Port, func(url string) {
		fmt.Fprintf(a.out, "%s answers at %s until interrupted\n", c.Stub, url)
	}))
}

// stub finds the service and the channel that are meant.
func (a *app) stub(text string) (shelf stubs.Shelf, service, channel string, err error) {
	if service, channel, err = splitStub(text); err != nil {
		return shelf, service, channel, err
	}
	if shelf, err = a.wiring.Stubs(a.files); err != nil {
		return shelf, service, channel, usage{err}
	}
	if !slices.Contains(shelf.Services, service) {
		return shelf, service, channel, usage{fmt.Errorf("there is no service %q: choose one of %s", service, strings.Join(shelf.Services, ", "))}
	}
	if !slices.Contains(shelf.Channels, channel) {
		return shelf, service, channel, usage{fmt.Errorf("there is no channel %q: choose one of %s", channel, strings.Join(shelf.Channels, ", "))}
	}
	return shelf, service, channel, nil
}

// missing tells a stub that is not published yet from one that cannot be had.
func missing(name string, err error) error {
	if errors.Is(err, stubs.ErrNone) {
		return usage{fmt.Errorf("%s is not published yet: a stub is once its service's E2E has passed; `gantry stub list` lists those there are", name)}
	}
	return err
}

func splitStub(text string) (service, channel string, err error) {
	service, channel, found := strings.Cut(text, "@")
	if !found || service == "" || channel == "" {
		return "", "", usage{fmt.Errorf("%q is no stub: write SERVICE@CHANNEL, as inventory@prod", text)}
	}
	return service, channel, nil
}
