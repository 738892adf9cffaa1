// Command dast is a dynamic security test: it starts a built service with a temporary database, attacks every operation
// of its contract, and exits with 0 when nothing was found, 1 when something was, and 2 when it could not tell.
//
//	dast -binary out/orders -migrate out/migrate -openapi openapi.yaml -needs inventory=out/inventory,out/migrate-inventory -sarif dast.sarif
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/gantry-cd/gantry/environments/sandbox/services/dast/contract"
	"github.com/gantry-cd/gantry/environments/sandbox/services/dast/launch"
	"github.com/gantry-cd/gantry/environments/sandbox/services/dast/probe"
	"github.com/gantry-cd/gantry/environments/sandbox/services/dast/sarif"
)

// options are the command line.
type options struct {
	binary, migrate, openapi, sarif string
	needs                           []launch.Spec
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, out, problems io.Writer) int {
	o, err := parse(args, problems)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	var result probe.Result
	if err == nil {
		result, err = o.probe(ctx)
	}
	if err == nil && o.sarif != "" {
		err = sarif.Write(o.sarif, o.openapi, result.Findings)
	}
	if err != nil {
		fmt.Fprintln(problems, "dast:", err)
		return 2
	}
	for _, f := range result.Findings {
		fmt.Fprintf(out, "%s:%d: %s %s: %s: %s\n", o.openapi, f.Line, f.Rule.ID, f.Rule.Name, f.Operation, f.Message)
	}
	fmt.Fprintf(out, "%d findings in %d requests\n", len(result.Findings), result.Requests)
	if len(result.Findings) > 0 {
		return 1
	}
	return 0
}

func parse(args []string, problems io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("dast", flag.ContinueOnError)
	flags.SetOutput(problems)
	flags.StringVar(&o.binary, "binary", "", "the service's `binary`")
	flags.StringVar(&o.migrate, "migrate", "", "the service's migration `binary`; leave it out when there is no database")
	flags.StringVar(&o.openapi, "openapi", "openapi.yaml", "the service's contract, an OpenAPI `file`")
	flags.StringVar(&o.sarif, "sarif", "", "write the findings to this `file`, as SARIF 2.1.0")
	flags.Func("needs", "`NAME=BINARY[,MIGRATE]` of a service that this one calls; may be repeated", func(value string) error {
		name, binaries, ok := strings.Cut(value, "=")
		binary, migrate, _ := strings.Cut(binaries, ",")
		if !ok || name == "" || binary == "" {
			return errors.New("want NAME=BINARY[,MIGRATE]")
		}
		o.needs = append(o.needs, launch.Spec{Name: name, Binary: binary, Migrate: migrate})
		return nil
	})
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if o.binary == "" || flags.NArg() > 0 {
		return o, errors.New("give the service's binary: -binary PATH")
	}
	return o, nil
}

// probe starts what is needed, probes, and leaves nothing behind.
func (o options) probe(ctx context.Context) (result probe.Result, err error) {
	text, err := os.ReadFile(o.openapi)
	if err != nil {
		return result, fmt.Errorf("read the contract: %w", err)
	}
	operations, err := contract.Read(text)
	if err != nil {
		return result, fmt.Errorf("%s: %w", o.openapi, err)
	}
	dir, err := os.MkdirTemp("", "dast-")
	if err != nil {
		return result, fmt.Errorf("make room for the databases: %w", err)
	}
	defer os.RemoveAll(dir)
	subject := launch.Spec{Name: "subject", Binary: o.binary, Migrate: o.migrate, Needs: map[string]string{}}
	for _, spec := range append(o.needs, subject) {
		for _, binary := range []*string{&spec.Binary, &spec.Migrate} {
			if *binary == "" {
				continue
			}
			if *binary, err = filepath.Abs(*binary); err != nil {
				return result, err
			}
		}
		service, err := launch.Start(ctx, spec, dir)
		if err != nil {
			return result, err
		}
		defer func() { err = errors.Join(err, service.Stop()) }()
		if spec.Name != subject.Name {
			subject.Needs[spec.Name] = service.URL
			continue
		}
		result, err = probe.Run(ctx, service.URL, operations)
		if err != nil {
			return result, err
		}
	}
	return result, nil
}
