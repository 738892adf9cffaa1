package aws

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/images"
)

// namedFindings is how many of the findings that keep an image out are named.
const namedFindings = 5

// findings are what ECR has found in one image, by severities as the configuration calls them.
type findings struct {
	counts map[string]int32
	all    []finding
}

type finding struct{ severity, name string }

// add adds a page. Each says the counts of all of them.
func (f *findings) add(page *types.ImageScanFindings) {
	if page == nil {
		return
	}
	for severity, n := range page.FindingSeverityCounts {
		severity = strings.ToLower(severity)
		f.counts[severity] = max(f.counts[severity], n)
	}
	for _, one := range page.Findings {
		f.all = append(f.all, finding{strings.ToLower(string(one.Severity)), aws.ToString(one.Name)})
	}
	for _, one := range page.EnhancedFindings {
		name := aws.ToString(one.Title)
		if p := one.PackageVulnerabilityDetails; p != nil && aws.ToString(p.VulnerabilityId) != "" {
			name = aws.ToString(p.VulnerabilityId)
		}
		f.all = append(f.all, finding{strings.ToLower(aws.ToString(one.Severity)), name})
	}
}

// of is how many findings are of a severity. What is listed counts also where a count is behind it.
func (f findings) of(severity string) int32 {
	listed := int32(0)
	for _, one := range f.all {
		if one.severity == severity {
			listed++
		}
	}
	return max(f.counts[severity], listed)
}

// tooBad tells the log what was found in an image, and is why that keeps it out; "" where it does not.
func (e *Environment) tooBad(part images.Part, f findings, log io.Writer) string {
	where := part.Digest.Short()
	if part.Platform != "" {
		where += " (" + part.Platform + ")"
	}
	var all []string
	for _, severity := range config.Severities {
		if n := f.of(severity); n > 0 {
			all = append(all, fmt.Sprintf("%d %s", n, severity))
		}
	}
	if len(all) == 0 {
		fmt.Fprintf(log, "ECR has found nothing in %s\n", where)
		return ""
	}
	said := fmt.Sprintf("ECR has found %s in %s", strings.Join(all, ", "), where)
	fmt.Fprintln(log, said)
	enough := config.Severities[:slices.Index(config.Severities, e.aws.Scan)+1]
	if !slices.ContainsFunc(enough, func(severity string) bool { return f.of(severity) > 0 }) {
		return ""
	}
	return said + ": " + strings.Join(f.named(enough), ", ")
}

// named are some of the findings that are bad enough, the worst first.
func (f findings) named(enough []string) []string {
	var names []string
	for _, severity := range enough {
		for _, one := range f.all {
			if one.severity == severity && !slices.Contains(names, one.name) && len(names) < namedFindings {
				names = append(names, one.name)
			}
		}
	}
	return names
}
