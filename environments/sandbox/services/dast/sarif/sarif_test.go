package sarif_test

import (
	"path/filepath"
	"testing"

	"github.com/gantry-cd/gantry/environments/sandbox/services/dast/probe"
	"github.com/gantry-cd/gantry/environments/sandbox/services/dast/sarif"
	reader "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
)

// read reads a report with somebody else's reader.
func read(t *testing.T, findings []probe.Finding) *reader.Run {
	t.Helper()
	file := filepath.Join(t.TempDir(), "dast.sarif")
	if err := sarif.Write(file, "openapi.yaml", findings); err != nil {
		t.Fatal(err)
	}
	report, err := reader.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	if report.Version != "2.1.0" || len(report.Runs) != 1 {
		t.Fatalf("version %s with %d runs", report.Version, len(report.Runs))
	}
	return report.Runs[0]
}

func TestAnotherReaderFindsEveryFindingAtItsPlace(t *testing.T) {
	run := read(t, []probe.Finding{
		{Rule: probe.Leak, Operation: "GET /things", Line: 7, Message: "a stack trace"},
		{Rule: probe.MissingHeader, Operation: "GET /no/such/resource", Message: "no header"},
	})
	if len(run.Results) != 2 {
		t.Fatalf("%d results", len(run.Results))
	}
	first, at := run.Results[0], run.Results[0].Locations[0]
	if *first.RuleID != probe.Leak.ID || first.Level != "error" || *first.Message.Text != "GET /things: a stack trace" {
		t.Errorf("the first is %+v", first)
	}
	if *at.PhysicalLocation.ArtifactLocation.URI != "openapi.yaml" || *at.PhysicalLocation.Region.StartLine != 7 {
		t.Errorf("the first is at %+v", at.PhysicalLocation)
	}
	if run.Results[1].Locations[0].PhysicalLocation.Region != nil {
		t.Error("what is not in the contract has a line in it")
	}
	if len(run.Tool.Driver.Rules) != len(probe.Rules) {
		t.Errorf("%d rules are described, of %d", len(run.Tool.Driver.Rules), len(probe.Rules))
	}
}

func TestNoFindingsAreAReportToo(t *testing.T) {
	if run := read(t, nil); run.Results == nil || len(run.Results) != 0 {
		t.Errorf("the results are %v", run.Results)
	}
}
