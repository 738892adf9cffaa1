package command

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/process"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// request is what a command is asked for.
type request struct {
	slot     promotion.Slot
	what     string // the image's artifact: "" or "migration"
	image    promotion.Digest
	version  string
	before   promotion.Digest // what was live when it began
	attempt  string
	instance string
	since    time.Time
	health   time.Duration
	settings map[string]string
	dry      bool
}

// asked is a request as a command reads it on its standard input.
type asked struct {
	Action        string            `json:"action"`
	Environment   string            `json:"environment"`
	Service       string            `json:"service"`
	Team          string            `json:"team,omitempty"`
	Aside         promotion.RunID   `json:"aside,omitempty"`
	Name          string            `json:"name"`
	Image         string            `json:"image,omitempty"`
	Digest        promotion.Digest  `json:"digest,omitempty"`
	Version       string            `json:"version,omitempty"`
	PreviousImage string            `json:"previous_image,omitempty"`
	Attempt       string            `json:"attempt,omitempty"`
	Instance      string            `json:"instance,omitempty"`
	Since         *time.Time        `json:"since,omitempty"`
	HealthTimeout float64           `json:"health_timeout,omitempty"` // seconds
	Variables     map[string]string `json:"variables,omitempty"`
	DryRun        bool              `json:"dry_run,omitempty"`
}

// asked is the request with everything that the environment knows of it.
func (e *Environment) asked(action string, r request) (asked, error) {
	a := asked{
		Action: action, Environment: e.Name(), Service: r.slot.Service, Team: r.slot.Team, Aside: r.slot.Aside, Name: nameOf(r.slot),
		Digest: r.image, Version: r.version, Attempt: r.attempt, Instance: r.instance, HealthTimeout: r.health.Seconds(),
		Variables: r.settings, DryRun: r.dry,
	}
	if !r.since.IsZero() {
		since := r.since.UTC()
		a.Since = &since
	}
	at, err := e.registry.Repository(r.slot, r.what)
	if err != nil {
		return a, err
	}
	if r.image != "" {
		a.Image = at.Name.Digest(string(r.image)).Name()
	}
	if r.before != "" {
		a.PreviousImage = at.Name.Digest(string(r.before)).Name()
	}
	return a, nil
}

// variables are the request as variables. One that does not apply is there, and empty: scripts may use set -u.
func (a asked) variables() []string {
	since, health, aside, dry := "", "", "", ""
	if a.Since != nil {
		since = a.Since.Format(time.RFC3339Nano)
	}
	if a.HealthTimeout != 0 {
		health = strconv.FormatFloat(a.HealthTimeout, 'f', -1, 64)
	}
	if a.Aside != 0 {
		aside = strconv.FormatUint(uint64(a.Aside), 10)
	}
	if a.DryRun {
		dry = "true"
	}
	return []string{
		"GANTRY_ACTION=" + a.Action, "GANTRY_ENVIRONMENT=" + a.Environment, "GANTRY_SERVICE=" + a.Service, "GANTRY_TEAM=" + a.Team,
		"GANTRY_ASIDE=" + aside, "GANTRY_NAME=" + a.Name, "GANTRY_IMAGE=" + a.Image, "GANTRY_DIGEST=" + string(a.Digest),
		"GANTRY_VERSION=" + a.Version, "GANTRY_PREVIOUS_IMAGE=" + a.PreviousImage, "GANTRY_ATTEMPT=" + a.Attempt,
		"GANTRY_INSTANCE=" + a.Instance, "GANTRY_SINCE=" + since, "GANTRY_HEALTH_TIMEOUT=" + health, "GANTRY_DRY_RUN=" + dry,
	}
}

// run runs a command to its end. What it says on its standard output goes to out, the rest to log.
func (e *Environment) run(ctx context.Context, action string, c config.CommandLine, r request, out, log io.Writer) error {
	a, err := e.asked(action, r)
	if err != nil {
		return err
	}
	secrets, err := e.secrets()
	if err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "gantry-command-")
	if err != nil {
		return fmt.Errorf("%s: a directory for %s: %w", e.Name(), action, err)
	}
	defer os.RemoveAll(scratch)
	file := filepath.Join(scratch, "variables.env")
	if err := os.WriteFile(file, []byte(strings.Join(append(pairs(r.settings), ""), "\n")), 0o600); err != nil {
		return fmt.Errorf("%s: the variables for %s: %w", e.Name(), action, err)
	}
	input, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("%s: what %s is asked: %w", e.Name(), action, err)
	}
	env := process.Surroundings()
	for _, name := range e.command.PassEnv {
		if value, set := os.LookupEnv(name); set {
			env = append(env, name+"="+value)
		}
	}
	env = append(append(env, pairs(e.command.Variables)...), pairs(secrets)...)
	env = append(append(env, a.variables()...), "GANTRY_ENV_FILE="+file)
	line := c.Run
	if r.dry {
		line = c.DryRun
	}
	ctx, cancel := context.WithTimeoutCause(ctx, c.Timeout, &late{action, c.Timeout})
	defer cancel()
	return process.Run(ctx, process.Command{Line: line, Dir: e.root, Env: env, Stdin: bytes.NewReader(input), Stdout: out, Stderr: log})
}

// late is a command that took longer than it may.
type late struct {
	action  string
	timeout time.Duration
}

func (l *late) Error() string {
	return fmt.Sprintf("%s did not end within %s: set its timeout, or find out what it waits for", l.action, promotion.Duration(l.timeout))
}

// most is how many bytes of an answer are taken. More is no answer.
const most = 4 << 20

// ask runs a command that only looks, and is what it printed.
func (e *Environment) ask(ctx context.Context, action string, c config.CommandLine, r request) (string, error) {
	out, complaint := &tail{most: most}, &tail{most: complaints}
	err := e.run(ctx, action, c, r, out, complaint)
	if err != nil {
		return "", e.failed(ctx, action, err, complaint.String())
	}
	if out.lost {
		return "", fmt.Errorf("%s: %s printed more than %d MiB", e.Name(), action, most>>20)
	}
	return out.String(), nil
}

// do runs a command that changes something. What it says is the log. It may end with a verdict.
func (e *Environment) do(ctx context.Context, action string, c config.CommandLine, r request, log io.Writer) error {
	said, complaint := &lastLine{}, &tail{most: complaints}
	err := e.run(ctx, action, c, r, io.MultiWriter(log, said), io.MultiWriter(log, complaint))
	if ctx.Err() != nil {
		return e.failed(ctx, action, err, "")
	}
	result, wrong := said.result()
	switch {
	case wrong != nil:
		return fmt.Errorf("%s: what %s said last is no result: %w", e.Name(), action, wrong)
	case result.Result == resultFailed:
		return &engine.Verdict{Why: r.slot.Service + ": " + cmp.Or(oneLine(result.Why), oneLine(string(said.before)), action+" says that it failed, and not why")}
	case err != nil:
		return e.failed(ctx, action, err, complaint.String())
	}
	return nil
}

// failed is a command that came to no end of its own, or to a bad one: no verdict on a release.
func (e *Environment) failed(ctx context.Context, action string, err error, complaint string) error {
	if err == nil {
		err = context.Cause(ctx)
	}
	if exit, ended := errors.AsType[*process.Exit](err); ended {
		if words := lastWords(complaint); words != "" {
			return fmt.Errorf("%s: %s: %w: %s", e.Name(), action, exit, words)
		}
	}
	return fmt.Errorf("%s: %s: %w", e.Name(), action, err)
}

// complaints is how many bytes of what a command says on its standard error are looked at once it has failed.
const complaints = 8 << 10

// tail keeps the end of what is written.
type tail struct {
	bytes.Buffer
	most int
	lost bool // the beginning
}

func (t *tail) Write(p []byte) (int, error) {
	n, _ := t.Buffer.Write(p)
	if over := t.Len() - t.most; over > 0 {
		t.Next(over)
		t.lost = true
	}
	return n, nil
}
