package aws

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
)

var _ engine.Scanner = (*Environment)(nil)

const (
	// scanTime is how long ECR may take to look through an image.
	scanTime = 3 * time.Minute
	// namedFindings is how many of the findings that keep an image out are named.
	namedFindings = 5
)

// Scan waits for ECR's findings in an image, where the configuration says how bad they may be. The verification suites run
// nowhere but where Gantry does.
func (e *Environment) Scan(ctx context.Context, slot promotion.Slot, what string, image promotion.Digest, log io.Writer) error {
	if e.aws.Scan == "" || what == "verification" {
		return nil
	}
	s, err := e.session(ctx)
	if err != nil {
		return err
	}
	in := &ecr.DescribeImageScanFindingsInput{
		RegistryId: aws.String(e.aws.Account), RepositoryName: aws.String(e.repositoryName(slot, what)),
		ImageId: &types.ImageIdentifier{ImageDigest: aws.String(string(image))},
	}
	limit := e.clock.Now().Add(scanTime)
	var silent spell
	for {
		found, err := s.ecr.DescribeImageScanFindings(ctx, in)
		_, notYet := errors.AsType[*types.ScanNotFoundException](err)
		switch {
		case notYet:
		case err != nil:
			if silent.lasts(e.clock.Now()) || !passing(ctx, err) {
				return e.failed(err, "ask what was found in %s", image)
			}
		default:
			silent.ends()
			if done, err := e.scanned(slot, image, found, log); done || err != nil {
				return err
			}
		}
		if e.clock.Now().After(limit) {
			return fmt.Errorf("%s: ECR has not looked through %s within %s: turn on scanning for %s, or leave scan out of [environment.aws]", e.Name(), image.Short(), scanTime, e.repositoryName(slot, what))
		}
		if err := e.pause(ctx); err != nil {
			return err
		}
	}
}

// scanned reads one answer; done is false while ECR still looks.
func (e *Environment) scanned(slot promotion.Slot, image promotion.Digest, found *ecr.DescribeImageScanFindingsOutput, log io.Writer) (done bool, err error) {
	if found.ImageScanStatus == nil {
		return false, nil
	}
	switch found.ImageScanStatus.Status {
	case types.ScanStatusPending, types.ScanStatusInProgress:
		return false, nil
	case types.ScanStatusComplete, types.ScanStatusActive: // enhanced scanning goes on looking
	default:
		return true, fmt.Errorf("%s: ECR cannot tell what is in %s: %s: %s", e.Name(), image.Short(), found.ImageScanStatus.Status, aws.ToString(found.ImageScanStatus.Description))
	}
	counts, named := map[string]int32{}, []string(nil)
	if f := found.ImageScanFindings; f != nil {
		for severity, n := range f.FindingSeverityCounts {
			counts[strings.ToLower(severity)] = n
		}
		named = e.named(f)
	}
	var all []string
	for _, severity := range config.Severities {
		if n := counts[severity]; n > 0 {
			all = append(all, fmt.Sprintf("%d %s", n, severity))
		}
	}
	if len(all) == 0 {
		fmt.Fprintf(log, "ECR has found nothing in %s\n", image.Short())
		return true, nil
	}
	said := fmt.Sprintf("ECR has found %s in %s", strings.Join(all, ", "), image.Short())
	fmt.Fprintln(log, said)
	for _, severity := range config.Severities[:slices.Index(config.Severities, e.aws.Scan)+1] {
		if counts[severity] > 0 {
			return true, &engine.Verdict{Why: slot.Service + ": " + said + ": " + strings.Join(named, ", ")}
		}
	}
	return true, nil
}

// named are some of the findings that are bad enough, the worst first.
func (e *Environment) named(f *types.ImageScanFindings) []string {
	enough := config.Severities[:slices.Index(config.Severities, e.aws.Scan)+1]
	type finding struct{ severity, name string }
	var all []finding
	for _, one := range f.Findings {
		all = append(all, finding{strings.ToLower(string(one.Severity)), aws.ToString(one.Name)})
	}
	for _, one := range f.EnhancedFindings {
		name := aws.ToString(one.Title)
		if p := one.PackageVulnerabilityDetails; p != nil && aws.ToString(p.VulnerabilityId) != "" {
			name = aws.ToString(p.VulnerabilityId)
		}
		all = append(all, finding{strings.ToLower(aws.ToString(one.Severity)), name})
	}
	var names []string
	for _, severity := range enough {
		for _, one := range all {
			if one.severity == severity && !slices.Contains(names, one.name) && len(names) < namedFindings {
				names = append(names, one.name)
			}
		}
	}
	return names
}
