package aws

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// latest is how Lambda calls what is not published yet.
const latest = "$LATEST"

// function is a slot's Lambda function and its alias as they are now.
type function struct {
	name   string
	latest functionVersion
	alias  functionAlias
	note   note
}

// function reads the slot's function.
func (e *Environment) function(ctx context.Context, s *session, slot promotion.Slot) (f function, err error) {
	of := e.of(slot)
	f.name = of.Function
	if f.latest, err = s.lambda.GetFunction(ctx, f.name, ""); err != nil {
		return f, e.missing(err, "the function %s", f.name)
	}
	if kind := f.latest.Configuration.PackageType; kind != "Image" {
		return f, fmt.Errorf("%s: the function %s is a package of the kind %q: Gantry deploys container images alone", e.Name(), f.name, kind)
	}
	if f.alias, err = s.lambda.GetAlias(ctx, f.name, of.Alias); err != nil {
		return f, e.missing(err, "the alias %s of the function %s", of.Alias, f.name)
	}
	f.note = readNote(f.alias.Description)
	return f, nil
}

// missing says what to do about what is not there.
func (e *Environment) missing(err error, format string, args ...any) error {
	what := fmt.Sprintf(format, args...)
	if code(err) == "ResourceNotFoundException" {
		return fmt.Errorf("%s: there is no such thing as %s: make it (docs/aws.md has an example): %w", e.Name(), what, err)
	}
	return e.failed(err, "describe %s", what)
}

// stopped tells whether the function answers no call at all.
func (f function) stopped() bool {
	reserved := f.latest.Concurrency.ReservedConcurrentExecutions
	return reserved != nil && *reserved == 0
}

// before is the version to go back to; "" where nothing is live: nothing answers, or what does was never good.
func (f function) before() string {
	if f.stopped() || f.alias.FunctionVersion == latest || f.note.trying == f.alias.FunctionVersion {
		return ""
	}
	return f.alias.FunctionVersion
}

// note is what Gantry writes into the alias's description: it changes with the alias, or not at all.
type note struct {
	good, before string // versions
	trying       string // a version that answers because nothing else does, before anybody knows whether it is good
	since        time.Time
}

const (
	noteBegins = "gantry"
	noteTime   = "2006-01-02T15:04:05.000Z07:00"
)

func (n note) String() string {
	text := noteBegins
	for _, part := range []struct{ key, value string }{{"good", n.good}, {"before", n.before}, {"trying", n.trying}} {
		if part.value != "" {
			text += " " + part.key + "=" + part.value
		}
	}
	return text + " since=" + n.since.UTC().Format(noteTime)
}

func readNote(text string) (n note) {
	words := strings.Fields(text)
	if len(words) == 0 || words[0] != noteBegins {
		return n
	}
	for _, word := range words[1:] {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "good":
			n.good = value
		case "before":
			n.before = value
		case "trying":
			n.trying = value
		case "since":
			n.since, _ = time.Parse(noteTime, value)
		}
	}
	return n
}

// becomes is the note once a version is good.
func (n note) becomes(good string, since time.Time) note {
	if good == n.good {
		return note{good: good, before: n.before, since: since}
	}
	return note{good: good, before: n.good, since: since}
}

// functionLive is what the alias's version runs, by the digest that Lambda has resolved.
func (e *Environment) functionLive(ctx context.Context, s *session, f function) (*engine.Live, error) {
	if f.stopped() || f.note.trying != "" && f.note.trying == f.alias.FunctionVersion {
		return nil, nil
	}
	v, err := s.lambda.GetFunction(ctx, f.name, f.alias.FunctionVersion)
	if err != nil {
		return nil, e.failed(err, "describe version %s of the function %s", f.alias.FunctionVersion, f.name)
	}
	since := f.note.since
	if f.note.good != f.alias.FunctionVersion { // somebody else has moved it, Lambda does not say when
		since, _ = modified(v.Configuration)
	}
	live := &engine.Live{Image: v.digest(), Since: since, Healthy: usable(v.Configuration)}
	live.Detail = fmt.Sprintf("alias %s at version %s", f.alias.Name, f.alias.FunctionVersion)
	for other, weight := range f.alias.RoutingConfig.AdditionalVersionWeights {
		live.Detail += fmt.Sprintf(", %.0f%% at version %s", weight*100, other)
	}
	if !live.Healthy {
		live.Detail += ": " + v.Configuration.State + ": " + v.Configuration.StateReason
	}
	return live, nil
}

// lambdaTime is how Lambda writes times, of which its documentation says only that they have a zone.
const lambdaTime = "2006-01-02T15:04:05.000-0700"

func modified(c configuration) (time.Time, error) {
	at, err := time.Parse(lambdaTime, c.LastModified)
	if err != nil {
		at, err = time.Parse(time.RFC3339, c.LastModified)
	}
	return at, err
}

// usable tells whether a version can answer. One that nobody has called for weeks is "Inactive", and wakes up.
func usable(c configuration) bool {
	return c.State == "Active" || c.State == "Inactive" || c.State == ""
}
