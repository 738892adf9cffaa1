package aws

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"

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

// What is bad may be on any page, and a count may be behind what is listed.
func TestEveryPageOfFindingsIsRead(t *testing.T) {
	low, high := awstest.Object{"name": "CVE-2026-0003", "severity": "LOW"}, awstest.Object{"name": "CVE-2026-0002", "severity": "HIGH"}
	for _, counts := range []awstest.Object{{"LOW": 2, "HIGH": 1}, {}} {
		w := newWorld(t, paced{from: time.Now(), pace: 1000})
		w.aws.Scan = "high"
		digest := w.publish(t, w.Environment, w.slot, platformtest.Image{Version: "1.0.0", Behaviour: platformtest.Good})
		w.account.Find(string(digest), awstest.Pages(scan("COMPLETE", counts, low), scan("COMPLETE", counts, low), scan("COMPLETE", counts, high)))
		err := w.Scan(t.Context(), w.slot, "", digest, &bytes.Buffer{})
		verdict, bad := errors.AsType[*engine.Verdict](err)
		if !bad || !strings.HasSuffix(verdict.Why, "ECR has found 1 high, 2 low in "+digest.Short()+": CVE-2026-0002") {
			t.Errorf("with the counts %v: got %v", counts, err)
		}
	}
}

// index pushes an image for two machines, with an attestation beside them, and is its digest and those of its images.
func (w *world) index() (promotion.Digest, []string) {
	w.t.Helper()
	all := v1.ImageIndex(empty.Index)
	var digests []string
	for _, platform := range []v1.Platform{{OS: "linux", Architecture: "amd64"}, {OS: "linux", Architecture: "arm64"}, {OS: "unknown", Architecture: "unknown"}} {
		image, err := mutate.ConfigFile(empty.Image, &v1.ConfigFile{OS: platform.OS, Architecture: platform.Architecture})
		if err != nil {
			w.t.Fatal(err)
		}
		hash, err := image.Digest()
		if err != nil {
			w.t.Fatal(err)
		}
		digests = append(digests, hash.String())
		all = mutate.AppendManifests(all, mutate.IndexAddendum{Add: image, Descriptor: v1.Descriptor{Platform: &platform}})
	}
	hash, err := all.Digest()
	if err != nil {
		w.t.Fatal(err)
	}
	in, err := w.Repository(w.t.Context(), w.slot, "")
	if err != nil {
		w.t.Fatal(err)
	}
	if err := remote.WriteIndex(in.Name.Digest(hash.String()), all, remote.WithAuth(in.Write)); err != nil {
		w.t.Fatal(err)
	}
	return promotion.Digest(hash.String()), digests
}

func TestEveryImageOfAnIndexIsLookedAt(t *testing.T) {
	clean, critical := scan("COMPLETE", awstest.Object{}), scan("COMPLETE", awstest.Object{"CRITICAL": 1}, awstest.Object{"name": "CVE-2026-0001", "severity": "CRITICAL"})
	for _, c := range []struct {
		name         string
		amd64, arm64 []awstest.Object
		verdict, err string
	}{
		{"nothing in either", []awstest.Object{clean}, []awstest.Object{scan("IN_PROGRESS", nil), clean}, "", ""},
		{"in the second", []awstest.Object{clean}, []awstest.Object{critical}, "(linux/arm64): CVE-2026-0001", ""},
		{"in both", []awstest.Object{critical}, []awstest.Object{critical}, "(linux/amd64): CVE-2026-0001; ECR has found 1 critical in ", ""},
		{"in the first, and nobody knows of the second", []awstest.Object{critical}, nil, "(linux/amd64): CVE-2026-0001", ""},
		{"nobody knows of the second", []awstest.Object{clean}, nil, "", "turn on scanning for dev/orders"},
	} {
		w := newWorld(t, paced{from: time.Now(), pace: 1000})
		w.aws.Scan = "critical"
		digest, images := w.index()
		w.account.Find(images[0], c.amd64...)
		w.account.Find(images[1], c.arm64...)
		var log bytes.Buffer
		err := w.Scan(t.Context(), w.slot, "", digest, &log)
		verdict, bad := errors.AsType[*engine.Verdict](err)
		switch {
		case c.verdict != "" && (!bad || !strings.Contains(verdict.Why, c.verdict)):
			t.Errorf("%s: got %v, want the verdict %q", c.name, err, c.verdict)
		case c.err != "" && (bad || err == nil || !strings.Contains(err.Error(), c.err)):
			t.Errorf("%s: got %v, want the error %q", c.name, err, c.err)
		case c.verdict == "" && c.err == "" && (err != nil || strings.Count(log.String(), "ECR has found nothing in ") != 2):
			t.Errorf("%s: got %v and %q", c.name, err, log.String())
		}
	}
}
