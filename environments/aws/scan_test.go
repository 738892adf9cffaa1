package aws

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/aws/awstest"
	"github.com/gantry-cd/gantry/environments/platformtest"
)

func scan(status string, counts awstest.Object, findings ...any) awstest.Object {
	return awstest.Object{"imageScanStatus": awstest.Object{"status": status, "description": "so it is"}, "imageScanFindings": awstest.Object{"findingSeverityCounts": counts, "findings": findings}}
}

func TestWhatECRFindsKeepsAnImageOutWhereItIsBadEnough(t *testing.T) {
	high, low := awstest.Object{"name": "CVE-2026-0002", "severity": "HIGH"}, awstest.Object{"name": "CVE-2026-0003", "severity": "LOW"}
	enhanced := awstest.Object{"imageScanStatus": awstest.Object{"status": "ACTIVE"}, "imageScanFindings": awstest.Object{
		"findingSeverityCounts": awstest.Object{"CRITICAL": 1},
		"enhancedFindings":      []any{awstest.Object{"severity": "CRITICAL", "title": "a title", "packageVulnerabilityDetails": awstest.Object{"vulnerabilityId": "CVE-2026-0001"}}},
	}}
	for _, c := range []struct {
		name, limit string
		answers     []awstest.Object
		verdict     string // "": none
		err         string
		log         string
	}{
		{"nothing", "low", []awstest.Object{scan("IN_PROGRESS", nil), scan("COMPLETE", awstest.Object{})}, "", "", "ECR has found nothing in "},
		{"less bad than asked", "high", []awstest.Object{scan("COMPLETE", awstest.Object{"LOW": 1}, low)}, "", "", "ECR has found 1 low in "},
		{"as bad as asked", "high", []awstest.Object{scan("PENDING", nil), scan("COMPLETE", awstest.Object{"LOW": 1, "HIGH": 1}, low, high)}, "ECR has found 1 high, 1 low in ", "", ""},
		{"worse than asked, by enhanced scanning", "high", []awstest.Object{enhanced}, ": CVE-2026-0001", "", ""},
		{"what cannot be scanned", "high", []awstest.Object{scan("UNSUPPORTED_IMAGE", nil)}, "", "ECR cannot tell what is in ", ""},
		{"what nobody scans", "high", nil, "", "turn on scanning for dev/orders", ""},
		{"nobody asks", "", []awstest.Object{enhanced}, "", "", ""},
	} {
		w := newWorld(t, paced{from: time.Now(), pace: 1000})
		w.aws.Scan = c.limit
		digest := w.publish(t, w.Environment, w.slot, platformtest.Image{Version: "1.0.0", Behaviour: platformtest.Good})
		w.account.Find(string(digest), c.answers...)
		var log bytes.Buffer
		err := w.Scan(t.Context(), w.slot, "", digest, &log)
		verdict, bad := errors.AsType[*engine.Verdict](err)
		switch {
		case c.verdict != "" && (!bad || !strings.Contains(verdict.Why, c.verdict) || verdict.FailedOver):
			t.Errorf("%s: got %v, want the verdict %q", c.name, err, c.verdict)
		case c.err != "" && (bad || err == nil || !strings.Contains(err.Error(), c.err)):
			t.Errorf("%s: got %v, want the error %q", c.name, err, c.err)
		case c.verdict == "" && c.err == "" && (err != nil || !strings.Contains(log.String(), c.log)):
			t.Errorf("%s: got %v and %q", c.name, err, log.String())
		}
	}
}

func TestARepositoryThatIsMadeScansWhereThatIsAskedFor(t *testing.T) {
	for _, limit := range []string{"", "critical"} {
		w := newWorld(t, paced{from: time.Now(), pace: 25})
		w.aws.Scan = limit
		if _, err := w.Repository(t.Context(), promotion.Slot{Environment: "dev", Service: "orders"}, "migration"); err != nil {
			t.Fatal(err)
		}
		if got, _ := w.account.Repository("dev/orders/migration")["imageScanningConfiguration"].(awstest.Object)["scanOnPush"].(bool); got != (limit != "") {
			t.Errorf("with scan = %q it scans on push: %v", limit, got)
		}
	}
}

func TestAScanSurvivesThrottlingAndIsNoVerdictWhenItIsDenied(t *testing.T) {
	w := newWorld(t, paced{from: time.Now(), pace: 1000})
	w.aws.Scan = "high"
	digest := w.publish(t, w.Environment, w.slot, platformtest.Image{Version: "1.0.0", Behaviour: platformtest.Good})
	w.account.Find(string(digest), scan("COMPLETE", awstest.Object{}))
	w.account.Throttle("ecr:DescribeImageScanFindings", 2)
	if err := w.Scan(t.Context(), w.slot, "", digest, &bytes.Buffer{}); err != nil {
		t.Errorf("throttled: %v", err)
	}
	w.account.Deny("ecr:DescribeImageScanFindings")
	err := w.Scan(t.Context(), w.slot, "", digest, &bytes.Buffer{})
	if _, bad := errors.AsType[*engine.Verdict](err); bad || err == nil {
		t.Errorf("denied: %v", err)
	}
	if err := w.Scan(t.Context(), w.slot, "verification", digest, &bytes.Buffer{}); err != nil {
		t.Errorf("of the suites it is asked: %v", err)
	}
}
