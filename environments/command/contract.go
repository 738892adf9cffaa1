package command

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// result is what a command that changes something may say in the last line of its standard output.
type result struct {
	Result string `json:"result"`
	Why    string `json:"why"`
}

const (
	resultSucceeded = "succeeded"
	resultFailed    = "failed"
)

// longestResult is how many bytes a line may have to be looked at as a result.
const longestResult = 64 << 10

// lastLine keeps the last line that says something, and the one before.
type lastLine struct{ open, last, before []byte }

func (l *lastLine) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		line, more, ended := bytes.Cut(rest, []byte("\n"))
		if room := longestResult - len(l.open); room > 0 {
			l.open = append(l.open, line[:min(len(line), room)]...)
		}
		if rest = more; ended {
			l.end()
		}
	}
	return len(p), nil
}

func (l *lastLine) end() {
	if len(bytes.TrimSpace(l.open)) > 0 {
		l.last, l.before = l.before, l.last
		l.last = append(l.last[:0], l.open...)
	}
	l.open = l.open[:0]
}

// result is what the last line says; none where it is not a result.
func (l *lastLine) result() (r result, err error) {
	l.end()
	line := bytes.TrimSpace(l.last)
	var any map[string]json.RawMessage
	if !bytes.HasPrefix(line, []byte("{")) || json.Unmarshal(line, &any) != nil || any["result"] == nil {
		return result{}, nil // something else that it printed
	}
	if err := strictly(line, &r); err != nil {
		return result{}, err
	}
	if r.Result != resultSucceeded && r.Result != resultFailed {
		return result{}, fmt.Errorf("result is %q: it must be %q or %q", r.Result, resultSucceeded, resultFailed)
	}
	return r, nil
}

// strictly reads one JSON object that has no key which nobody knows.
func strictly(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something stands after the JSON")
	}
	return nil
}

// state is how an instance is.
type state string

const (
	starting  state = "starting"  // it may become healthy
	healthy   state = "healthy"   // it serves
	unhealthy state = "unhealthy" // it runs, and says that it is not well; it may become healthy again
	broken    state = "failed"    // it will not become healthy by waiting
	leaving   state = "stopping"  // it is on its way out, and does not count
)

var states = []state{starting, healthy, unhealthy, broken, leaving}

// instance is one running copy of a release, as live prints it.
type instance struct {
	Name    string    `json:"name"`
	Image   string    `json:"image"` // with a digest at its end, or the digest alone
	State   state     `json:"state"`
	Since   time.Time `json:"since"`
	Version string    `json:"version"`
	Detail  string    `json:"detail"`

	digest promotion.Digest
}

// answer is what live prints.
type answer struct {
	Instances []instance `json:"instances"`
	Wanted    int        `json:"wanted"`  // how many are to be healthy; 0: all that there are
	Rolling   bool       `json:"rolling"` // the tool is still at it, whatever the instances look like
}

// read reads what live has printed. Instances on their way out are left out, the oldest comes first.
func read(text string) (answer, error) {
	var a answer
	if strings.TrimSpace(text) == "" {
		return a, errors.New(`it printed nothing: where nothing runs, it must print {"instances": []}`)
	}
	if err := strictly([]byte(text), &a); err != nil {
		return a, fmt.Errorf("%w: it must print one JSON object, and printed %q", err, oneLine(text))
	}
	if a.Instances == nil {
		return a, fmt.Errorf(`it printed no "instances": %q`, oneLine(text))
	}
	if a.Wanted < 0 {
		return a, fmt.Errorf("wanted is %d", a.Wanted)
	}
	for i := range a.Instances {
		one := &a.Instances[i]
		if !slices.Contains(states, one.State) {
			return a, fmt.Errorf("the state of instance %q is %q: it must be one of %v", one.Name, one.State, states)
		}
		digest := promotion.Digest(one.Image[strings.LastIndexByte(one.Image, '@')+1:])
		if !wellFormed(digest) && one.State != leaving {
			return a, fmt.Errorf("the image of instance %q is %q, which ends with no digest: a tag does not say what runs", one.Name, one.Image)
		}
		one.digest = digest
	}
	a.Instances = slices.DeleteFunc(a.Instances, func(i instance) bool { return i.State == leaving })
	slices.SortStableFunc(a.Instances, func(x, y instance) int { return x.Since.Compare(y.Since) })
	return a, nil
}

// wellFormed tells whether a text is a digest: "sha256:" and 64 hexadecimal digits.
func wellFormed(d promotion.Digest) bool {
	hex, found := strings.CutPrefix(string(d), "sha256:")
	return found && len(hex) == 64 && strings.Trim(hex, "0123456789abcdef") == ""
}

// settled tells whether the digest runs, and nothing else, as often as wanted, and well.
func (a answer) settled(digest promotion.Digest) bool {
	for _, i := range a.Instances {
		if i.digest != digest || i.State != healthy {
			return false
		}
	}
	return !a.Rolling && len(a.Instances) >= max(a.Wanted, 1)
}

// of are the instances of a digest.
func (a answer) of(digest promotion.Digest) []instance {
	return slices.DeleteFunc(slices.Clone(a.Instances), func(i instance) bool { return i.digest != digest })
}
