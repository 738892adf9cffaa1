package rehearse

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// Part is one thing that a reviewed plan rests on.
type Part struct {
	Name  string // "qa: what is live"
	Now   string // in words
	value []any  // what must be the same
}

// Where the parts that every plan has stand.
const (
	request = iota
	release
	configuration
	stubsUsed
)

// Parts are everything that a plan rests on. Moments are none of it, nor who happens to be in an environment just now:
// that passes by itself.
func Parts(f Facts) ([]Part, error) {
	configured, err := configurationOf(f)
	if err != nil {
		return nil, err
	}
	r := f.Request
	parts := []Part{
		request:       {"what is asked for", asked(f), []any{f.Plan.Service, f.Plan.Team, r.Until, r.Step, f.Plan.Drill, f.Plan.Rerun, f.From()}},
		release:       carried(f),
		configuration: {"the configuration", "", []any{configured}},
		stubsUsed:     {"the stubs to test against", stubNames(f), []any{f.Stubs}},
	}
	for _, at := range f.Places {
		running := at.Unknown
		if at.Running != nil {
			running = string(at.Running.Image)
		}
		gates, vetoes := personal(at.Gates), vetoed(at.State)
		parts = append(parts,
			Part{at.Name + ": what is live", live(at), []any{image(at.State.Live), running}},
			Part{at.Name + ": what a rollback goes back to", deployed(at.State.LastGood), []any{image(at.State.LastGood)}},
			Part{at.Name + ": the gates", cmp.Or(strings.Join(gates, ", "), "none"), []any{gates}},
			Part{at.Name + ": holds and vetoes", cmp.Or(strings.Join(vetoes, ", "), "none"), []any{vetoes}},
		)
	}
	return parts, nil
}

// carried is the release: of a rerun that begins in an environment the images that there are, else what they are built from.
func carried(f Facts) Part {
	if r := f.Plan.Release; r != nil {
		return Part{"what is carried", f.release(), []any{r.Image, r.Migration, r.Verification, r.Stub}}
	}
	s := f.Plan.Source
	return Part{"what is built", f.release(), []any{s.Commit, s.Dirty, s.Version}}
}

// configurationOf is all that the configuration says about this promotion, whatever its layout and comments.
func configurationOf(f Facts) (string, error) {
	p := f.Pipeline
	environments := slices.Clone(p.Environments)
	for i := range environments {
		environments[i].Line = 0
	}
	text, err := json.Marshal([]any{config.Hash(p.Service(f.Plan.Service)), f.Plan.Columns, environments, p.Mode, p.Queue, p.Artifacts})
	if err != nil {
		return "", fmt.Errorf("hash the configuration: %w", err)
	}
	return string(text), nil
}

func asked(f Facts) string {
	said := f.Plan.Service
	if f.Plan.Rerun != 0 {
		said += fmt.Sprintf(", run %d once more from %s", f.Plan.Rerun, cmp.Or(f.From(), promotion.BuildColumn))
	}
	if f.Request.Team != "" {
		said += " for team " + f.Request.Team
	}
	if f.Request.Until != "" {
		said += " until " + f.Request.Until
	}
	if f.Request.Step {
		said += ", step by step"
	}
	if f.Plan.Drill != nil {
		said += fmt.Sprintf(", a drill of %s", f.Plan.Drill.Stage)
	}
	return said
}

func stubNames(f Facts) string {
	var names []string
	for _, s := range f.Stubs {
		names = append(names, fmt.Sprintf("%s@%s %s", s.Service, s.Channel, s.Digest.Short()))
	}
	return cmp.Or(strings.Join(names, ", "), "none")
}

// personal are the kinds of gates that somebody has to know of when a plan is reviewed.
func personal(gates []promotion.Waiting) []string {
	var kinds []string
	for _, g := range gates {
		switch g.Gate {
		case promotion.GateApproval, promotion.GateFreeze, promotion.GateSoak, promotion.GateHold, promotion.GateVeto, promotion.GateDependency:
			kinds = append(kinds, string(g.Gate))
		}
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

func vetoed(s promotion.SlotState) []string {
	var all []string
	for image := range s.Vetoed {
		all = append(all, "veto "+image.Short())
	}
	slices.Sort(all)
	if s.Hold != nil {
		all = append(all, fmt.Sprintf("held by %s: %s", s.Hold.By, s.Hold.Reason))
	}
	return all
}

func image(d *promotion.Deployment) promotion.Digest {
	if d == nil {
		return ""
	}
	return d.Release.Image
}

func deployed(d *promotion.Deployment) string {
	if d == nil {
		return "nothing"
	}
	return d.Release.Name()
}

func (p Part) hash() string {
	text, err := json.Marshal(append([]any{p.Name}, p.value...))
	if err != nil {
		panic(fmt.Sprintf("what a plan rests on is plain data, and yet: %v", err))
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

const (
	wholeDigits = 16 // of the hash of everything: this is what decides
	partDigits  = 3  // of each part's hash, which only name what has changed
)

// Hash names a plan: the hash of everything that it rests on, and a little of each part's, so that a refusal can name
// what has changed since it was reviewed.
func Hash(parts []Part) string {
	whole, tail := sha256.New(), ""
	for _, p := range parts {
		fmt.Fprintln(whole, p.hash())
		tail += p.hash()[:partDigits]
	}
	return hex.EncodeToString(whole.Sum(nil))[:wholeDigits] + "-" + tail
}

var hashForm = regexp.MustCompile(fmt.Sprintf(`^[0-9a-f]{%d}-([0-9a-f]{%d})+$`, wholeDigits, partDigits))

// Changed says what is not any more as it was when the plan of that hash was reviewed, each with how it is now; none when
// the plan stands.
func Changed(reviewed string, now []Part) ([]string, error) {
	if !hashForm.MatchString(reviewed) {
		return nil, fmt.Errorf("%q is no hash of a plan: it is the last line that a dry run prints", reviewed)
	}
	if reviewed == Hash(now) {
		return nil, nil
	}
	var changed []string
	_, tail, _ := strings.Cut(reviewed, "-")
	for i, p := range now {
		if at := i * partDigits; at+partDigits > len(tail) || tail[at:at+partDigits] != p.hash()[:partDigits] {
			changed = append(changed, p.say())
		}
		if len(tail) != len(now)*partDigits && i == configuration { // other environments: nothing beyond can be compared
			break
		}
	}
	if len(changed) == 0 {
		changed = []string{"something that the hash is too short to name"}
	}
	return changed, nil
}

func (p Part) say() string {
	if p.Now == "" {
		return p.Name
	}
	return fmt.Sprintf("%s (now %s)", p.Name, p.Now)
}
