package aws

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/promotion"
)

var _ engine.Scanner = (*Environment)(nil)

const (
	// scanTime is how long ECR may take to look through an image, or through all of an index side by side.
	scanTime = 3 * time.Minute
	// findingsAtOnce is how many findings are asked for at once.
	findingsAtOnce = 1000
)

// Scan waits for ECR's findings in an image, or in every image of an index, where the configuration says how bad they may be.
// The verification suites run nowhere but where Gantry does.
func (e *Environment) Scan(ctx context.Context, slot promotion.Slot, what string, image promotion.Digest, log io.Writer) error {
	if e.aws.Scan == "" || what == "verification" {
		return nil
	}
	s, err := e.session(ctx)
	if err != nil {
		return err
	}
	in, err := e.lookUp(ctx, slot, what)
	if err != nil {
		return err
	}
	parts, err := images.Parts(ctx, in, image)
	if err != nil {
		return fmt.Errorf("%s: which images are in %s: %w", e.Name(), image.Short(), err)
	}
	limit := e.clock.Now().Add(scanTime)
	var bad []string
	var unknown error
	for _, part := range parts {
		found, err := e.waitForFindings(ctx, s, e.repositoryName(slot, what), part.Digest, limit)
		if err != nil {
			unknown = errors.Join(unknown, err)
			continue
		}
		if why := e.tooBad(part, found, log); why != "" {
			bad = append(bad, why)
		}
	}
	if len(bad) > 0 {
		return &engine.Verdict{Why: slot.Service + ": " + strings.Join(bad, "; ")}
	}
	return unknown
}

// waitForFindings returns once ECR has looked through one image.
func (e *Environment) waitForFindings(ctx context.Context, s *session, repository string, image promotion.Digest, limit time.Time) (findings, error) {
	var silent spell
	for {
		found, status, err := e.findings(ctx, s, repository, image)
		_, notYet := errors.AsType[*types.ScanNotFoundException](err)
		switch {
		case notYet:
		case err != nil:
			if silent.lasts(e.clock.Now()) || !passing(ctx, err) {
				return found, err
			}
		default:
			silent.ends()
			if done, err := e.scanned(image, status); done || err != nil {
				return found, err
			}
		}
		if e.clock.Now().After(limit) {
			return found, fmt.Errorf("%s: ECR has not looked through %s within %s: turn on scanning for %s, or leave scan out of [environment.aws]", e.Name(), image.Short(), promotion.Duration(scanTime), repository)
		}
		if err := e.pause(ctx); err != nil {
			return found, err
		}
	}
}

// findings asks for all pages of what ECR has found in an image.
func (e *Environment) findings(ctx context.Context, s *session, repository string, image promotion.Digest) (findings, *types.ImageScanStatus, error) {
	in := &ecr.DescribeImageScanFindingsInput{
		RegistryId: aws.String(e.aws.Account), RepositoryName: aws.String(repository), MaxResults: aws.Int32(findingsAtOnce),
		ImageId: &types.ImageIdentifier{ImageDigest: aws.String(string(image))},
	}
	all := findings{counts: map[string]int32{}}
	for {
		page, err := s.ecr.DescribeImageScanFindings(ctx, in)
		if err != nil {
			return all, nil, e.failed(err, "ask what was found in %s", image)
		}
		all.add(page.ImageScanFindings)
		if in.NextToken = page.NextToken; in.NextToken == nil {
			return all, page.ImageScanStatus, nil
		}
	}
}

// scanned tells whether ECR has come to an end with an image.
func (e *Environment) scanned(image promotion.Digest, status *types.ImageScanStatus) (done bool, err error) {
	if status == nil {
		return false, nil
	}
	switch status.Status {
	case types.ScanStatusPending, types.ScanStatusInProgress:
		return false, nil
	case types.ScanStatusComplete, types.ScanStatusActive: // enhanced scanning goes on looking
		return true, nil
	}
	return true, fmt.Errorf("%s: ECR cannot tell what is in %s: %s: %s", e.Name(), image.Short(), status.Status, aws.ToString(status.Description))
}
