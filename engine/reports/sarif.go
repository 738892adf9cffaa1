package reports

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// sarifLog is the part of SARIF 2.1.0 that findings are made of. Pointers tell what is absent from what is zero: the
// rule of index 0 is a rule.
type sarifLog struct {
	Version string
	Runs    []sarifRun
}

type sarifRun struct {
	Tool struct {
		Driver     sarifComponent
		Extensions []sarifComponent
	}
	Results     []sarifResult
	Artifacts   []struct{ Location sarifPlace }
	Invocations []struct {
		RuleConfigurationOverrides []struct {
			Descriptor    struct{ ID string }
			Configuration struct{ Level string }
		}
		ExecutionSuccessful        *bool
		ExitCodeDescription        string
		ToolExecutionNotifications []struct {
			Level   string
			Message sarifText
		}
	}
}

type sarifComponent struct {
	Name                 string
	Rules                []sarifRule
	GlobalMessageStrings map[string]sarifText
}

type sarifRule struct {
	ID                   string
	ShortDescription     sarifText
	MessageStrings       map[string]sarifText
	DefaultConfiguration struct{ Level string }
}

type sarifText struct {
	Text      string
	ID        string
	Arguments []string
}

type sarifPlace struct {
	URI   string
	Index *int
}

type sarifResult struct {
	RuleID    string
	RuleIndex *int
	Rule      struct {
		ID            string
		Index         *int
		ToolComponent struct{ Index *int }
	}
	Kind          string
	Level         string
	BaselineState string
	Message       sarifText
	Locations     []struct {
		PhysicalLocation struct {
			ArtifactLocation sarifPlace
			Region           struct {
				StartLine int
				Snippet   sarifText
			}
		}
		LogicalLocations []struct{ FullyQualifiedName, Name string }
	}
	Suppressions        []struct{ Status string }
	Fingerprints        map[string]string
	PartialFingerprints map[string]string
}

// readSARIF reads the findings of a SARIF log that are problems: not those that passed, were suppressed, or are gone.
func readSARIF(from io.Reader) (Summary, error) {
	text, err := io.ReadAll(io.LimitReader(from, maxDocument+1))
	if err != nil {
		return Summary{}, err
	}
	if len(text) > maxDocument {
		return Summary{}, fmt.Errorf("it is larger than %d MiB", maxDocument>>20)
	}
	var log sarifLog
	if err := json.Unmarshal(bytes.TrimPrefix(text, []byte("\ufeff")), &log); err != nil {
		return Summary{}, fmt.Errorf("it is no SARIF: %w", err)
	}
	if log.Version == "" || log.Runs == nil {
		return Summary{}, errors.New(`it is no SARIF: "version" or "runs" is missing`)
	}
	var summary Summary
	for _, run := range log.Runs {
		for _, result := range run.Results {
			if result.problem() {
				summary.Findings = append(summary.Findings, run.finding(result))
			}
		}
		err = errors.Join(err, run.unsuccessful())
	}
	return summary, err
}

// unsuccessful is why the tool itself failed: that it found nothing means nothing then.
func (r sarifRun) unsuccessful() error {
	for _, invocation := range r.Invocations {
		if invocation.ExecutionSuccessful == nil || *invocation.ExecutionSuccessful {
			continue
		}
		why := invocation.ExitCodeDescription
		for _, notification := range invocation.ToolExecutionNotifications {
			if notification.Level == string(LevelError) && why == "" {
				why = oneLine(notification.Message.Text)
			}
		}
		if why == "" {
			why = "it does not say why"
		}
		return fmt.Errorf("%s did not finish its work: %s", r.Tool.Driver.Name, why)
	}
	return nil
}

func (r sarifResult) problem() bool {
	for _, s := range r.Suppressions {
		if s.Status == "" || s.Status == "accepted" {
			return false
		}
	}
	judged := r.Kind == "" || r.Kind == "fail" || r.Kind == "open" || r.Kind == "review"
	return judged && r.BaselineState != "absent"
}

func (r sarifRun) finding(result sarifResult) Finding {
	rule := r.rule(result)
	f := Finding{Tool: r.Tool.Driver.Name, Rule: rule.ID, Message: oneLine(r.text(result, rule)), Level: Level(result.Level), Identity: result.identity()}
	if f.Level == "" {
		f.Level = r.override(rule.ID)
	}
	if f.Level == "" {
		f.Level = Level(rule.DefaultConfiguration.Level)
	}
	if !slices.Contains([]Level{LevelError, LevelWarning, LevelNote, LevelNone}, f.Level) {
		f.Level = LevelWarning
	}
	if len(result.Locations) > 0 {
		place := result.Locations[0].PhysicalLocation
		f.File, f.Line = r.file(place.ArtifactLocation), place.Region.StartLine
		f.Source = strings.TrimSpace(place.Region.Snippet.Text)
		if logical := result.Locations[0].LogicalLocations; f.File == "" && len(logical) > 0 {
			f.File = cmp.Or(logical[0].FullyQualifiedName, logical[0].Name)
		}
	}
	return f
}

// identity is all that the tool gives to know the result again by, in a fixed order.
func (r sarifResult) identity() string {
	prints := r.Fingerprints
	if len(prints) == 0 {
		prints = r.PartialFingerprints
	}
	var all []string
	for _, key := range slices.Sorted(maps.Keys(prints)) {
		all = append(all, key+"="+prints[key])
	}
	return strings.Join(all, " ")
}

// override is the level that this run was told to give a rule; "" for none.
func (r sarifRun) override(id string) Level {
	for _, invocation := range r.Invocations {
		for _, o := range invocation.RuleConfigurationOverrides {
			if o.Descriptor.ID == id && o.Configuration.Level != "" {
				return Level(o.Configuration.Level)
			}
		}
	}
	return ""
}

// rule is the result's rule, by its id or else by its index; a rule that the tool does not describe has its id only.
func (r sarifRun) rule(result sarifResult) sarifRule {
	component := r.Tool.Driver
	if i := result.Rule.ToolComponent.Index; i != nil && *i >= 0 && *i < len(r.Tool.Extensions) {
		component = r.Tool.Extensions[*i]
	}
	id := result.RuleID
	if id == "" {
		id = result.Rule.ID
	}
	for _, index := range []*int{result.RuleIndex, result.Rule.Index} {
		if index == nil || *index < 0 || *index >= len(component.Rules) {
			continue
		}
		if rule := component.Rules[*index]; id == "" || rule.ID == id || strings.HasPrefix(id, rule.ID+"/") {
			return rule
		}
	}
	for _, c := range append([]sarifComponent{component, r.Tool.Driver}, r.Tool.Extensions...) {
		for _, rule := range c.Rules {
			if rule.ID == id && id != "" {
				return rule
			}
		}
	}
	return sarifRule{ID: id}
}

// text is the result's message, which may stand in its rule or its tool, with its arguments filled in.
func (r sarifRun) text(result sarifResult, rule sarifRule) string {
	id := result.Message.ID
	text := cmp.Or(result.Message.Text, rule.MessageStrings[id].Text, r.Tool.Driver.GlobalMessageStrings[id].Text)
	if text == "" {
		text = rule.ShortDescription.Text
	}
	for i, argument := range result.Message.Arguments {
		text = strings.ReplaceAll(text, fmt.Sprintf("{%d}", i), argument)
	}
	return text
}

// file is the path that a place names, by itself or by its number in the list of artifacts.
func (r sarifRun) file(place sarifPlace) string {
	uri := place.URI
	if i := place.Index; uri == "" && i != nil && *i >= 0 && *i < len(r.Artifacts) {
		uri = r.Artifacts[*i].Location.URI
	}
	uri = strings.TrimPrefix(uri, "file://")
	if path, err := url.PathUnescape(uri); err == nil {
		return path
	}
	return uri
}
