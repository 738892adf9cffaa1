package reports

import (
	"reflect"
	"strings"
	"testing"
)

const sarifLogText = `{"version":"2.1.0","runs":[{
 "tool":{"driver":{"name":"gosec","rules":[
   {"id":"G101","defaultConfiguration":{"level":"error"},"shortDescription":{"text":"Hard-coded credentials"}},
   {"id":"G104"},
   {"id":"G204","messageStrings":{"default":{"text":"command of {0} and {1}"}}}]},
   "extensions":[{"name":"plugin","rules":[{"id":"P1","defaultConfiguration":{"level":"note"}}]}]},
 "artifacts":[{"location":{"uri":"cmd/main%20file.go"}}],
 "results":[
  {"ruleId":"G101","message":{"text":"password in source\nsecond line"},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"file:///src/cart.go"},"region":{"startLine":12,"snippet":{"text":"  pw := \"x\"\n"}}}}]},
  {"ruleId":"G104","message":{"text":"error ignored"}},
  {"ruleIndex":0,"level":"note","message":{"text":"by index"},"locations":[{"physicalLocation":{"artifactLocation":{"index":0}}}]},
  {"ruleId":"G204","message":{"id":"default","arguments":["sh","cat"]},"level":"none"},
  {"rule":{"id":"P1","index":0,"toolComponent":{"index":0}},"message":{}},
  {"ruleId":"UNKNOWN","level":"loud","message":{"text":"of an unknown rule"}},
  {"message":{"text":"of no rule"}},
  {"ruleId":"G101","kind":"pass","message":{"text":"passed"}},
  {"ruleId":"G101","suppressions":[{"kind":"inSource"}],"message":{"text":"suppressed"}},
  {"ruleId":"G104","suppressions":[{"status":"rejected"}],"message":{"text":"suppression rejected"}},
  {"ruleId":"G101","baselineState":"absent","message":{"text":"gone"}}
 ]}]}`

func TestSARIFFindingsHaveALevelWhoeverGivesIt(t *testing.T) {
	got, err := readSARIF(strings.NewReader("\ufeff" + sarifLogText))
	if err != nil {
		t.Fatal(err)
	}
	want := []Finding{
		{Tool: "gosec", Rule: "G101", Level: LevelError, File: "/src/cart.go", Line: 12, Message: "password in source", Source: `pw := "x"`},
		{Tool: "gosec", Rule: "G104", Level: LevelWarning, Message: "error ignored"},
		{Tool: "gosec", Rule: "G101", Level: LevelNote, File: "cmd/main file.go", Message: "by index"},
		{Tool: "gosec", Rule: "G204", Level: LevelNone, Message: "command of sh and cat"},
		{Tool: "gosec", Rule: "P1", Level: LevelNote},
		{Tool: "gosec", Rule: "UNKNOWN", Level: LevelWarning, Message: "of an unknown rule"},
		{Tool: "gosec", Level: LevelWarning, Message: "of no rule"},
		{Tool: "gosec", Rule: "G104", Level: LevelWarning, Message: "suppression rejected"},
	}
	for i := range want {
		if i >= len(got.Findings) || got.Findings[i] != want[i] {
			t.Errorf("finding %d: got %+v\nwant %+v", i, got.Findings[min(i, len(got.Findings)-1)], want[i])
		}
	}
	if len(got.Findings) != len(want) {
		t.Errorf("%d findings, want %d", len(got.Findings), len(want))
	}
	if !got.Failed() || got.Cause() != "/src/cart.go:12 G101: password in source" {
		t.Errorf("failed %v, cause %q", got.Failed(), got.Cause())
	}
}

func TestAScannerThatDidNotFinishHasNotShownThatAllIsWell(t *testing.T) {
	_, err := readSARIF(strings.NewReader(`{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"scan"}},"results":[],
		"invocations":[{"executionSuccessful":false,"toolExecutionNotifications":[{"level":"error","message":{"text":"no rules found"}}]}]}]}`))
	if err == nil || !strings.Contains(err.Error(), "scan did not finish its work: no rules found") {
		t.Error(err)
	}
}

func TestWhatIsNoSARIFIsAnErrorThatSaysWhy(t *testing.T) {
	for _, text := range []string{"", "[]", "{}", `{"version":"2.1.0"}`, "<testsuite/>", `{"version":"2.1.0","runs":[{"results":[{"ruleIndex":"x"}]}]}`} {
		if _, err := readSARIF(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), "no SARIF") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestAFindingIsKnownAgainWhenItsLineMoves(t *testing.T) {
	f := Finding{Tool: "gosec", Rule: "G101", File: "cart.go", Line: 12, Source: "pw := \"x\"", Message: "line 12"}
	moved := f
	moved.Line, moved.Source, moved.Message = 40, "\tpw  := \"x\" ", "line 40"
	other := f
	other.Source = "token := \"x\""
	if f.Fingerprint() != moved.Fingerprint() || f.Fingerprint() == other.Fingerprint() {
		t.Error("moved is the same, another line is not")
	}
}

func TestASARIFLogOnStandardOutputIsReadAtItsEnd(t *testing.T) {
	got := count(t, "sarif", sarifLogText)
	again, err := readSARIF(strings.NewReader(sarifLogText))
	if err != nil || !reflect.DeepEqual(got, again) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestAToolsOwnWordForAFindingCounts(t *testing.T) {
	got, err := readSARIF(strings.NewReader(`{"version":"2.1.0","runs":[{
		"tool":{"driver":{"name":"ql","rules":[{"id":"R1","defaultConfiguration":{"level":"error"}}],"globalMessageStrings":{"m":{"text":"leaks {0}"}}}},
		"invocations":[{"executionSuccessful":true,"ruleConfigurationOverrides":[{"descriptor":{"id":"R1"},"configuration":{"level":"note"}}]}],
		"results":[
			{"ruleId":"R1","message":{"id":"m","arguments":["a key"]},"partialFingerprints":{"b/v1":"2","a/v1":"1"},"locations":[{"logicalLocations":[{"fullyQualifiedName":"cart.Total"}]}]},
			{"ruleId":"R1","message":{"text":"said otherwise"},"partialFingerprints":{"a/v1":"1","b/v1":"2"},"locations":[{"logicalLocations":[{"name":"cart.Total"}]}]}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := Finding{Tool: "ql", Rule: "R1", Level: LevelNote, File: "cart.Total", Message: "leaks a key", Identity: "a/v1=1 b/v1=2"}
	if got.Findings[0] != want {
		t.Errorf("got %+v\nwant %+v", got.Findings[0], want)
	}
	if got.Findings[0].Fingerprint() != got.Findings[1].Fingerprint() {
		t.Error("what the tool calls the same finding is another one")
	}
}

func TestARunRemembersTheWorstFindingsInWordsAndAllByTheirPrints(t *testing.T) {
	var s Summary
	for range 60 {
		s.Findings = append(s.Findings, Finding{Tool: "x", Rule: "W", Level: LevelWarning, Message: "old"})
	}
	s.Findings = append(s.Findings, Finding{Tool: "x", Rule: "E", Level: LevelError, Message: "bad", File: "a.go", Line: 3})
	r := s.Record()
	if r.Total != 61 || len(r.Prints) != 61 || len(r.Listed) != maxListed || r.Listed[0].Text != "a.go:3 E: bad" || r.Listed[0].Print != r.Prints[60] {
		t.Errorf("%d findings, %d prints, %d listed, first %+v", r.Total, len(r.Prints), len(r.Listed), r.Listed[0])
	}
}

func FuzzSARIF(f *testing.F) {
	f.Add(sarifLogText)
	f.Add(`{"version":"2","runs":[{"results":[{"rule":{"toolComponent":{"index":-1},"index":-2},"ruleIndex":-3,"locations":[{"physicalLocation":{"artifactLocation":{"index":-1}}}]}]}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		summary, _ := readSARIF(strings.NewReader(text)) // an error is fine, a panic is not
		for _, finding := range summary.Findings {
			if finding.Level == "" || finding.Fingerprint() == "" {
				t.Errorf("%+v", finding)
			}
		}
	})
}
