package aws

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/platformtest"
)

func scan(status string, counts object, findings ...any) object {
	return object{"imageScanStatus": object{"status": status, "description": "so it is"}, "imageScanFindings": object{"findingSeverityCounts": counts, "findings": findings}}
}

func TestWhatECRFindsKeepsAnImageOutWhereItIsBadEnough(t *testing.T) {
	high, low := object{"name": "CVE-2026-0002", "severity": "HIGH"}, object{"name": "CVE-2026-0003", "severity": "LOW"}
	enhanced := object{"imageScanStatus": object{"status": "ACTIVE"}, "imageScanFindings": object{
		"findingSeverityCounts": object{"CRITICAL": 1},
		"enhancedFindings":      []any{object{"severity": "CRITICAL", "title": "a title", "packageVulnerabilityDetails": object{"vulnerabilityId": "CVE-2026-0001"}}},
	}}
	for _, c := range []struct {
		name, limit string
		answers     []object
		verdict     string // "": none
		err         string
		log         string
	}{
		{"nothing", "low", []object{scan("IN_PROGRESS", nil), scan("COMPLETE", object{})}, "", "", "ECR has found nothing in "},
		{"less bad than asked", "high", []object{scan("COMPLETE", object{"LOW": 1}, low)}, "", "", "ECR has found 1 low in "},
		{"as bad as asked", "high", []object{scan("PENDING", nil), scan("COMPLETE", object{"LOW": 1, "HIGH": 1}, low, high)}, "ECR has found 1 high, 1 low in ", "", ""},
		{"worse than asked, by enhanced scanning", "high", []object{enhanced}, ": CVE-2026-0001", "", ""},
		{"what cannot be scanned", "high", []object{scan("UNSUPPORTED_IMAGE", nil)}, "", "ECR cannot tell what is in ", ""},
		{"what nobody scans", "high", nil, "", "turn on scanning for dev/orders", ""},
		{"nobody asks", "", []object{enhanced}, "", "", ""},
	} {
		w := newWorld(t, paced{from: time.Now(), pace: 1000})
		w.aws.Scan = c.limit
		digest := w.publish(t, w.Environment, w.slot, platformtest.Image{Version: "1.0.0", Behaviour: platformtest.Good})
		w.set(func(cloud *cloud) { cloud.scans[string(digest)] = c.answers })
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
		w.set(func(c *cloud) {
			if got, _ := c.repos["dev/orders/migration"]["imageScanningConfiguration"].(object)["scanOnPush"].(bool); got != (limit != "") {
				t.Errorf("with scan = %q it scans on push: %v", limit, got)
			}
		})
	}
}

func TestAScanSurvivesThrottlingAndIsNoVerdictWhenItIsDenied(t *testing.T) {
	w := newWorld(t, paced{from: time.Now(), pace: 1000})
	w.aws.Scan = "high"
	digest := w.publish(t, w.Environment, w.slot, platformtest.Image{Version: "1.0.0", Behaviour: platformtest.Good})
	w.set(func(c *cloud) {
		c.scans[string(digest)] = []object{scan("COMPLETE", object{})}
		c.throttled["ecr:DescribeImageScanFindings"] = 2
	})
	if err := w.Scan(t.Context(), w.slot, "", digest, &bytes.Buffer{}); err != nil {
		t.Errorf("throttled: %v", err)
	}
	w.set(func(c *cloud) { c.denied["ecr:DescribeImageScanFindings"] = true })
	err := w.Scan(t.Context(), w.slot, "", digest, &bytes.Buffer{})
	if _, bad := errors.AsType[*engine.Verdict](err); bad || err == nil {
		t.Errorf("denied: %v", err)
	}
	if err := w.Scan(t.Context(), w.slot, "verification", digest, &bytes.Buffer{}); err != nil {
		t.Errorf("of the suites it is asked: %v", err)
	}
}
