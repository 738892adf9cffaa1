package awstest

import (
	"math"
	"time"
)

// plan are the percentages of production traffic that the new version gets, step by step.
func (s *Service) plan() []float64 {
	switch s.strategy {
	case "CANARY":
		return []float64{s.number("canaryConfiguration.canaryPercent", 5), 100}
	case "LINEAR":
		var all []float64
		step := s.number("linearConfiguration.stepPercent", 10)
		for at := step; at < 100; at += step {
			all = append(all, at)
		}
		return append(all, 100)
	}
	return []float64{100}
}

// stepTakes is how long it is waited between two of them.
func (s *Service) stepTakes() time.Duration {
	if s.strategy == "CANARY" {
		return time.Duration(s.number("canaryConfiguration.canaryBakeTimeInMinutes", 10)) * time.Minute
	}
	return time.Duration(s.number("linearConfiguration.stepBakeTimeInMinutes", 6)) * time.Minute
}

// weigh gives a version so many percent of production traffic, and the rest to what ended well last.
func (a *Account) weigh(s *Service, to *deployment, percent float64) {
	for _, d := range s.deployments {
		d.traffic = 0
	}
	if s.good != to {
		s.good.traffic = 100 - percent
	}
	to.traffic = math.Min(percent, 100)
}

// serving is the version with most of the production traffic.
func (s *Service) serving() *deployment {
	best := s.deployments[0]
	for _, d := range s.deployments {
		if d.traffic > best.traffic {
			best = d
		}
	}
	return best
}

// isWell tells whether a healthy task of a deployment runs.
func (a *Account) isWell(d *deployment) bool { return a.well(d) != nil }

// well is a healthy task of a deployment.
func (a *Account) well(d *deployment) *task {
	for _, t := range a.tasks {
		if t.by == d.id && t.status == "RUNNING" && t.health == "HEALTHY" {
			return t
		}
	}
	return nil
}
